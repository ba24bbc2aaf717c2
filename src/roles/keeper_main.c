/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "roles/keeper.h"
#include "roles/role.h"
#include <event2/event.h>

int keeper_main(const struct role_process *process)
{
    if (!identity_prepare()) {
        log_event(LOG_keeper_crypto);
        return 1;
    }
    struct keeper *keeper = keeper_new(process->base, process->supervisor);
    if (!keeper)
        return 1;
    keeper->sandbox = str_of(process->sandbox);
    event_base_dispatch(process->base);
    keeper_free(keeper);
    return 0;
}
