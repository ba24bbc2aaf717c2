/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface's entry points: each goes to the backend that was opened.
 */
#include "store/store.h"

void store_close(struct store *store)
{
    if (store)
        store->ops->close(store);
}

enum store_result store_approval_insert(struct store *store, const struct approval *approval)
{
    return store->ops->approval_insert(store, approval);
}

enum store_result store_approval_update(struct store *store, const struct approval *approval)
{
    return store->ops->approval_update(store, approval);
}

enum store_result store_approval_get(struct store *store, struct str id, struct arena *arena,
                                     struct approval *ret)
{
    return store->ops->approval_get(store, id, arena, ret);
}

enum store_result store_approval_list(struct store *store, const struct approval_filter *filter,
                                      struct arena *arena, const struct approval **ret_rows,
                                      size_t *ret_count)
{
    return store->ops->approval_list(store, filter, arena, ret_rows, ret_count);
}

enum store_result store_login_insert(struct store *store, const struct login_row *login)
{
    return store->ops->login_insert(store, login);
}

enum store_result store_login_list(struct store *store, struct str issuer, struct str subject,
                                   int64_t now_us, uint32_t limit, struct arena *arena,
                                   const struct login_row **ret_rows, size_t *ret_count)
{
    return store->ops->login_list(store, issuer, subject, now_us, limit, arena, ret_rows,
                                  ret_count);
}

enum store_result store_identity_seen(struct store *store, const struct identity_row *identity)
{
    return store->ops->identity_seen(store, identity);
}

enum store_result store_identity_list(struct store *store, struct str after_issuer,
                                      struct str after_subject, uint32_t limit, struct arena *arena,
                                      const struct identity_row **ret_rows, size_t *ret_count)
{
    return store->ops->identity_list(store, after_issuer, after_subject, limit, arena, ret_rows,
                                     ret_count);
}

enum store_result store_prune(struct store *store, int64_t approvals_before_us,
                              int64_t logins_before_us)
{
    return store->ops->prune(store, approvals_before_us, logins_before_us);
}
