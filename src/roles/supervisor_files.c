/* SPDX-License-Identifier: Apache-2.0
 *
 * The table `receivers` is what this page is about: which role may see which kind of file.
 */
#include "roles/supervisor_files.h"

#include "audit/digest.h"
#include "policy/policy.h"
#include "roles/role.h"
#include "roles/supervisor_check.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)256 << 20)

enum {
    W = 1 << ROLE_WORKER,
    K = 1 << ROLE_KEEPER,
    R = 1 << ROLE_RECORDER,
    C = 1 << ROLE_CONTROL,
};

static unsigned receivers(enum config_file_kind kind)
{
    switch (kind) {
    case CONFIG_FILE_LISTENER_CERTIFICATE:
    case CONFIG_FILE_LISTENER_KEY:
    case CONFIG_FILE_PSEUDONYM_KEY:
        return W;
    case CONFIG_FILE_TARGET_CA:
    case CONFIG_FILE_TARGET_PUBLIC_KEY:
        return W | K;
    case CONFIG_FILE_TARGET_PASSWORD:
    case CONFIG_FILE_ACCOUNT_PASSWORD:
        return K;
    case CONFIG_FILE_ISSUER_CA:
    case CONFIG_FILE_CONTROL_CERTIFICATE:
    case CONFIG_FILE_CONTROL_KEY:
        return C;
    case CONFIG_FILE_ISSUER_KEYS:
        return K | C;
    case CONFIG_FILE_AUDIT_KEY:
        return R;
    case CONFIG_FILE_POLICY:
        return W | C;
    case CONFIG_FILE_INVALID:
    case CONFIG_FILE_COUNT:
        break;
    }
    return 0;
}

struct item {
    struct str key;       /* in packs */
    struct str text;      /* in the arena; for secrets: STR_NONE */
    struct secret secret;
    unsigned roles;
};

struct supervisor_files {
    struct arena arena;
    struct config *config;
    struct str main_path, main_text;
    struct item *items;
    size_t count, cap;
    struct policy_file *policies;
    size_t policy_count, policy_cap;
    const char *audit_folder, *control_folder;
    char digest[2 * AUDIT_HASH_SIZE + 1];
};

/* A load under way. */
struct load {
    struct supervisor_files *files;
    struct config_problems problems;
};

/* ---- reading ---- */

/* The whole file, into memory of malloc. False with errno. */
static bool read_file(const char *path, char **ret_bytes, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    struct buf buf;

    if (fd < 0)
        return false;
    buf_init(&buf, SUPERVISOR_FILE_MAX + 1);
    bool good = fstat(fd, &st) == 0;
    if (good && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        good = false;
    }
    while (good) {
        if (!buf_reserve(&buf, 65536)) {
            errno = EFBIG;
            good = false;
            break;
        }
        ssize_t n = read(fd, buf.data + buf.len, buf.cap - buf.len);
        if (n <= 0) {
            good = n == 0;
            break;
        }
        buf.len += (size_t)n;
    }
    int error = errno;
    close(fd);
    if (!good) {
        buf_release_secret(&buf);
        errno = error;
        return false;
    }
    *ret_bytes = buf.data;
    *ret_len = buf.len;
    return true;
}

static struct item *item_find(struct supervisor_files *f, struct str key, bool secret)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_equal(f->items[i].key, key) && (f->items[i].secret.bytes != NULL) == secret)
            return &f->items[i];
    return NULL;
}

static struct item *item_add(struct supervisor_files *f, struct str key, unsigned roles)
{
    struct item *item = arena_push(&f->arena, &f->items, &f->count, &f->cap, sizeof(*item));

    REQUIRE(item != NULL);
    *item = (struct item){.key = arena_copy(&f->arena, key), .roles = roles};
    return item;
}

/* Reads one file for those roles. False with errno. */
static bool take_path(struct supervisor_files *f, struct str path, struct str key, unsigned roles,
                      bool secret)
{
    struct str z = arena_copy(&f->arena, path);
    struct item *item = item_find(f, key, secret);
    char *bytes;
    size_t len;

    if (item) {
        item->roles |= roles;
        return true;
    }
    if (!read_file(z.ptr, &bytes, &len))
        return false;
    item = item_add(f, key, roles);
    bool good = true;
    if (secret) {
        good = secret_set(&item->secret, bytes, len);
        explicit_bzero(bytes, len);
    } else {
        item->text = arena_copy(&f->arena, str_make(bytes, len));
        good = item->text.ptr != NULL;
    }
    free(bytes);
    if (!good)
        errno = ENOMEM;
    return good;
}

static void take_env(struct load *load, const struct config_file *file)
{
    struct supervisor_files *f = load->files;
    const char *value = getenv(arena_copy(&f->arena, file->env).ptr);

    if (value == NULL) {
        config_problem(&load->problems, file->at, NULL, "the variable %.*s is not set",
                       STR_ARG(file->env));
        return;
    }
    struct item *item = item_find(f, file->env, true);
    if (item == NULL)
        item = item_add(f, file->env, 0);
    item->roles |= receivers(file->kind);
    REQUIRE(secret_set(&item->secret, value, strlen(value)));
}

static void take_policy(struct load *load, const struct config_file *file, const char *path)
{
    struct supervisor_files *f = load->files;
    struct str key = arena_printf(&f->arena, "policy:%s", path);

    if (item_find(f, key, false)) /* matched by two patterns: once is enough */
        return;
    if (!take_path(f, str_of(path), key, receivers(CONFIG_FILE_POLICY), false)) {
        config_problem(&load->problems, file->at, NULL, "%s: %s", path, strerror(errno));
        return;
    }
    struct policy_file *policy = arena_push(&f->arena, &f->policies, &f->policy_count,
                                            &f->policy_cap, sizeof(*policy));
    REQUIRE(policy != NULL);
    *policy = (struct policy_file){.name = arena_copy(&f->arena, str_of(path)),
                                   .text = item_find(f, key, false)->text};
}

static void take_policies(struct load *load, const struct config_file *file)
{
    struct str pattern = arena_copy(&load->files->arena, file->path);
    glob_t found;

    if (!file->pattern) {
        take_policy(load, file, pattern.ptr);
        return;
    }
    if (glob(pattern.ptr, GLOB_NOESCAPE, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) /* sorted by name */
            take_policy(load, file, found.gl_pathv[i]);
        globfree(&found);
    }
}

static void take_file(struct load *load, const struct config_file *file)
{
    if (file->env.len > 0) {
        take_env(load, file);
    } else if (file->kind == CONFIG_FILE_POLICY) {
        take_policies(load, file);
    } else if (!take_path(load->files, file->path, file->path, receivers(file->kind),
                          file->secret)) {
        config_problem(&load->problems, file->at, NULL, "%s: %.*s: %s",
                       config_file_kind_text(file->kind), STR_ARG(file->path), strerror(errno));
    }
}

/* ---- time zones and policies ---- */

static bool fetch_zone(void *context, struct str zone, struct str *ret_tzif)
{
    struct supervisor_files *f = context;
    struct str folder = config_path(f->config, f->config->zoneinfo_directory, &f->arena);
    struct str path = arena_printf(&f->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(zone));
    struct str key = arena_printf(&f->arena, "zone:%.*s", STR_ARG(zone));

    if (str_find(zone, STR("..")) >= 0 || !take_path(f, path, key, W | C, false))
        return false;
    *ret_tzif = item_find(f, key, false)->text;
    return true;
}

static void check_policies(struct load *load)
{
    struct supervisor_files *f = load->files;
    struct policy_set *set =
        policy_set_load(f->policies, f->policy_count, fetch_zone, f, &load->problems);

    if (set)
        policy_set_unref(set);
}

/* ---- folders and the audit key ---- */

/* Belongs to whom the roles will run as. */
static void make_folder(struct load *load, struct config_position at, const char *path)
{
    struct str user = load->files->config->user;
    bool made = mkdir(path, 0700) == 0;

    if (!made && errno != EEXIST)
        config_problem(&load->problems, at, NULL, "the folder %s can't be made: %s", path,
                       strerror(errno));
    if (!made || user.len == 0 || geteuid() != 0)
        return;
    const struct passwd *who = getpwnam(arena_copy(&load->files->arena, user).ptr);
    if (who == NULL || chown(path, who->pw_uid, who->pw_gid) < 0)
        config_problem(&load->problems, at, NULL, "the folder %s can't be given to %.*s", path,
                       STR_ARG(user));
}

static bool write_new(const char *path, struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST;
    bool good = write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len && fsync(fd) == 0;
    close(fd);
    if (!good)
        unlink(path);
    return good;
}

static void make_audit_key(struct load *load, struct str path)
{
    struct buf pem;

    if (access(path.ptr, F_OK) == 0)
        return;
    buf_init(&pem, 4096);
    if (!audit_key_make(&pem) || !write_new(path.ptr, buf_str(&pem)))
        config_problem(&load->problems, load->files->config->audit.at, NULL,
                       "the audit key %s can't be made: %s", path.ptr, strerror(errno));
    buf_release_secret(&pem);
}

static bool is_inside(struct str path, struct str folder)
{
    return str_starts(path, folder) && (path.len == folder.len || path.ptr[folder.len] == '/');
}

static void take_folders(struct load *load, bool make_key)
{
    struct supervisor_files *f = load->files;
    const struct config *c = f->config;
    struct str data = arena_copy(&f->arena, config_path(c, c->data_directory, &f->arena));
    struct str audit = arena_copy(&f->arena, config_path(c, c->audit.directory, &f->arena));
    struct str control = arena_printf(&f->arena, "%s/control", data.ptr);
    struct str key = arena_copy(&f->arena, config_path(c, c->audit.key_file, &f->arena));

    f->audit_folder = audit.ptr;
    f->control_folder = control.ptr;
    /* Each of the two roles is let into its own folder with all that is below. */
    if (is_inside(audit, control) || is_inside(control, audit) || is_inside(key, control) ||
        is_inside(key, audit))
        config_problem(&load->problems, c->audit.at, NULL,
                       "audit.directory, its key and %s must lie apart from one another",
                       control.ptr);
    if (make_key) {
        make_folder(load, c->at, data.ptr);
        make_folder(load, c->at, control.ptr);
        make_folder(load, c->audit.at, audit.ptr);
        if (c->audit.key_made)
            make_audit_key(load, key);
    }
}

/* The audit key in the data directory, before the first start. */
static bool is_made_later(struct supervisor_files *f, const struct config_file *file)
{
    return file->kind == CONFIG_FILE_AUDIT_KEY && f->config->audit.key_made &&
           access(arena_copy(&f->arena, file->path).ptr, F_OK) != 0;
}

/* ---- loading ---- */

static void take_digest(struct supervisor_files *f)
{
    struct buf all;

    buf_init(&all, ARENA_MAX);
    ipc_pack_put(&all, f->main_path, f->main_text);
    for (size_t i = 0; i < f->policy_count; i++)
        ipc_pack_put(&all, f->policies[i].name, f->policies[i].text);
    audit_sha256_hex(buf_str(&all), f->digest);
    buf_release(&all);
}

/* Absolute, so that the roles name the same files whatever their working folder. */
static struct str absolute(struct supervisor_files *f, const char *path)
{
    char *real = realpath(path, NULL);
    struct str result = arena_copy(&f->arena, str_of(real ? real : path));

    free(real);
    return result;
}

static bool content_of(void *context, const struct config_file *file, struct str *ret_content)
{
    struct supervisor_files *f = context;
    bool env = file->env.len > 0;
    const struct item *item = item_find(f, env ? file->env : file->path, env || file->secret);

    if (item == NULL)
        return false;
    *ret_content = item->secret.bytes != NULL ? str_make(item->secret.bytes, item->secret.len)
                                              : item->text;
    return true;
}

static void load_all(struct load *load, bool make_key)
{
    struct supervisor_files *f = load->files;
    size_t count;
    const struct config_file *named = config_files(f->config, &f->arena, &count);

    take_folders(load, make_key);
    for (size_t i = 0; i < count; i++)
        if (make_key || !is_made_later(f, &named[i]))
            take_file(load, &named[i]);
    supervisor_check(f->config, content_of, f, &f->arena, &load->problems);
    check_policies(load);
    /* Debian's and others' bundle of CAs: for targets and issuers that name none. */
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
    for (size_t i = 0; i < ARRAY_LEN(bundles); i++)
        if (take_path(f, str_of(bundles[i]), STR("system-ca"), W | K | C, false))
            break;
}

struct supervisor_files *supervisor_files_load(const char *path, bool make_key,
                                               struct buf *problem)
{
    struct supervisor_files *f = calloc(1, sizeof(*f));
    struct load load = {.files = f};
    struct arena arena;
    char *text;
    size_t len;

    REQUIRE(f != NULL);
    arena_init(&f->arena, ARENA_MAX);
    arena_init(&arena, (size_t)16 << 20);
    config_problems_init(&load.problems, &arena);
    if (!read_file(path, &text, &len)) {
        config_problem(&load.problems, (struct config_position){.file = str_of(path)},
                       "`cardea gateway --init DIR` writes one to begin with", "%s",
                       strerror(errno));
    } else {
        f->main_path = absolute(f, path);
        f->main_text = arena_copy(&f->arena, str_make(text, len));
        free(text);
        f->config = config_parse(f->main_path, f->main_text, &load.problems);
        if (f->config)
            load_all(&load, make_key);
    }
    if (load.problems.total > 0) {
        config_problems_print(&load.problems, problem);
        supervisor_files_free(f);
        f = NULL;
    } else {
        take_digest(f);
    }
    arena_release(&arena);
    return f;
}

void supervisor_files_free(struct supervisor_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++)
        secret_release(&files->items[i].secret);
    if (files->config)
        config_unref(files->config);
    arena_release(&files->arena);
    free(files);
}

const struct config *supervisor_files_config(const struct supervisor_files *files)
{
    return files->config;
}

const char *supervisor_files_folder(const struct supervisor_files *files, enum role role)
{
    return role == ROLE_RECORDER ? files->audit_folder
           : role == ROLE_CONTROL ? files->control_folder
                                  : NULL;
}

const char *supervisor_files_digest(const struct supervisor_files *files)
{
    return files->digest;
}

bool supervisor_files_send(const struct supervisor_files *files, struct ipc_channel *channel,
                           const struct ipc_configure *frame)
{
    enum role role = ipc_channel_peer(channel);
    struct ipc_configure m = *frame;
    struct buf open_pack, secret_pack;

    buf_init(&open_pack, (size_t)32 << 20);
    buf_init(&secret_pack, (size_t)8 << 20);
    ipc_pack_put(&open_pack, files->main_path, files->main_text);
    for (size_t i = 0; i < files->count; i++) {
        const struct item *item = &files->items[i];
        if (!(item->roles >> role & 1))
            continue;
        if (item->secret.bytes)
            ipc_pack_put(&secret_pack, item->key,
                         str_make(item->secret.bytes, item->secret.len));
        else
            ipc_pack_put(&open_pack, item->key, item->text);
    }
    m.main_path = files->main_path;
    m.files = buf_str(&open_pack);
    m.secrets = (struct secret){(unsigned char *)secret_pack.data, secret_pack.len};
    bool good = !open_pack.failed && !secret_pack.failed && ipc_send_configure(channel, &m);
    buf_release(&open_pack);
    buf_release_secret(&secret_pack);
    return good;
}
