/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock by direct system calls, with the numbers of its later versions spelled out: the build
 * machine's headers may be older than the kernel that this runs on.
 */
#include "roles/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock ---- */

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_ALL_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,     /* from version 2 on */
    FS_TRUNCATE = 1 << 14,  /* 3 */
    FS_IOCTL_DEV = 1 << 15, /* 5 */
    NET_BIND_TCP = 1 << 0,  /* 4 */
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_UNIX = 1 << 0, /* 6 */
    SCOPE_SIGNAL = 1 << 1,
    RULE_PATH_BENEATH = 1,
};

struct ruleset_attr {
    uint64_t handled_fs, handled_net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* What every wall of this version can hold back. */
static struct ruleset_attr handled_by(long version, enum role role)
{
    struct ruleset_attr attr = {.handled_fs = FS_ALL_1};

    if (version >= 2)
        attr.handled_fs |= FS_REFER;
    if (version >= 3)
        attr.handled_fs |= FS_TRUNCATE;
    if (version >= 5)
        attr.handled_fs |= FS_IOCTL_DEV;
    if (version >= 4) /* control dials issuers, webhooks; it never listens on its own */
        attr.handled_net = role == ROLE_CONTROL ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
    if (version >= 6)
        attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    return attr;
}

/* Older kernels want a shorter struct. */
static size_t attr_size(long version)
{
    return version >= 6 ? 24 : version >= 4 ? 16 : 8;
}

/* Allows `rights` beneath a path. A path that is not there is no one's to use. */
static bool allow_path(int ruleset, const char *path, uint64_t rights, uint64_t handled)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return errno == ENOENT;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode)) /* the others are refused for a file */
        rights &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
    struct path_rule rule = {.allowed = rights & handled, .parent = fd};
    long result = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return result == 0;
}

/* Read by the HTTP client of control: names, CAs. */
static const char *const control_reads[] = {
    "/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts",      "/etc/host.conf",
    "/etc/nsswitch.conf", "/etc/gai.conf",      "/etc/ssl",        "/usr/share/ca-certificates",
    "/usr/lib/ssl",     "/etc/services",        "/etc/localtime",  "/usr/share/zoneinfo",
    "/dev/urandom",     "/dev/null",            "/run/nscd",
};

static bool allow_folders(int ruleset, enum role role, const char *folder, uint64_t handled)
{
    uint64_t append = FS_READ_FILE | FS_WRITE_FILE | FS_READ_DIR | FS_MAKE_REG | FS_TRUNCATE;

    if (role == ROLE_RECORDER && folder)
        return allow_path(ruleset, folder, append, handled); /* it may not remove anything */
    if (role != ROLE_CONTROL)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(control_reads); i++)
        if (!allow_path(ruleset, control_reads[i], FS_READ_FILE | FS_READ_DIR, handled))
            return false;
    return folder == NULL ||
           allow_path(ruleset, folder, append | FS_REMOVE_FILE | FS_MAKE_DIR | FS_REMOVE_DIR,
                      handled);
}

/* The version that is in force, 0 when the kernel has none, -1 on failure. */
static long landlock_enter(enum role role, const char *folder)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* which version? */);

    if (version < 1)
        return 0;
    struct ruleset_attr attr = handled_by(version, role);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(version), 0);
    if (ruleset < 0)
        return -1;
    bool good = allow_folders(ruleset, role, folder, attr.handled_fs) &&
                syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return good ? version : -1;
}

/* ---- seccomp ---- */

enum {
    W = 1 << ROLE_WORKER,
    K = 1 << ROLE_KEEPER,
    R = 1 << ROLE_RECORDER,
    C = 1 << ROLE_CONTROL,
    ALL = W | K | R | C,
};

static const struct {
    int number;
    unsigned roles; /* 0: ends the process */
} syscalls[] = {
#define SYSCALL(name, roles) {SCMP_SYS(name), roles},
#define KILLED(name)         {SCMP_SYS(name), 0},
#include "roles/syscall_table.h"
#undef SYSCALL
#undef KILLED
};

static int allow_listed(scmp_filter_ctx filter, enum role role)
{
    for (size_t i = 0; i < ARRAY_LEN(syscalls); i++) {
        int error = 0;
        if (syscalls[i].roles == 0)
            error = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, syscalls[i].number, 0);
        else if (syscalls[i].roles >> role & 1)
            error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, syscalls[i].number, 0);
        if (error)
            return error;
    }
    return 0;
}

/* Those that are allowed with some arguments only. */
static int allow_with_arguments(scmp_filter_ctx filter, enum role role)
{
    static const unsigned long ioctls[] = {FIONBIO, FIONREAD};
    static const int prctls[] = {PR_SET_NAME, PR_SET_VMA};
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    int error = 0;

    /* memory that can be run is never made */
    error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    for (size_t i = 0; i < ARRAY_LEN(ioctls); i++)
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                  SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)ioctls[i]));
    for (size_t i = 0; i < ARRAY_LEN(prctls); i++)
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                                  SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)prctls[i]));
    /* limits may be asked for, not set */
    error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                              SCMP_A2(SCMP_CMP_EQ, 0));
    error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(getrlimit), 0);
    if (role == ROLE_CONTROL || role == ROLE_RECORDER) {
        /* threads, never processes; clone3's flags can't be seen, so the library falls back */
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
        error |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    if (role == ROLE_CONTROL) {
        for (size_t i = 0; i < ARRAY_LEN(families); i++) /* the resolver asks netlink for routes */
            error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                      SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)families[i]));
    }
    return error;
}

#if defined(__SANITIZE_ADDRESS__)
/* The sanitizer's own runtime reads /proc and asks about its stack. */
static int allow_sanitizer(scmp_filter_ctx filter)
{
    static const int numbers[] = {SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(sched_getaffinity),
                                  SCMP_SYS(getppid)};
    int error = 0;

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, numbers[i], 0);
    return error;
}
#else
static int allow_sanitizer(scmp_filter_ctx filter)
{
    (void)filter;
    return 0;
}
#endif

static int seccomp_enter(enum role role)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int error = filter ? allow_listed(filter, role) : -ENOMEM;

    if (error == 0)
        error = allow_with_arguments(filter, role);
    if (error == 0)
        error = allow_sanitizer(filter);
    if (error == 0)
        error = seccomp_load(filter);
    seccomp_release(filter);
    return error;
}

/* ---- the rest ---- */

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};

    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* refused to whoever has none to drop */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return syscall(SYS_capset, &header, none) == 0;
}

void sandbox_supervisor(void)
{
    secret_protect_process();
}

const char *sandbox_enter(enum role role, const char *folder)
{
    static char text[48];

    secret_protect_process();
    if (!drop_capabilities() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return NULL;
    long version = landlock_enter(role, folder);
    if (version < 0)
        return NULL;
    int error = seccomp_enter(role);
    if (error) {
        errno = error < 0 ? -error : EINVAL;
        return NULL;
    }
    if (version > 0)
        snprintf(text, sizeof(text), "seccomp landlock:%ld", version);
    else
        snprintf(text, sizeof(text), "seccomp");
    return text;
}
