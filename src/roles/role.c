/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/role.h"

#include "base/log.h"
#include "roles/probe.h"
#include "roles/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
const char *__asan_default_options(void);
/* Leaks are looked for with ptrace, which no role may use. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

struct arguments {
    enum role role;
    uint64_t index;
    const char *folder, *probe, *path;
};

static bool take_role(struct str text, struct arguments *out)
{
    struct str name = text, index = STR("0");

    str_split(text, ':', &name, &index);
    out->role = role_of_name(name);
    return str_to_u64(index, UINT16_MAX, &out->index) && out->role != ROLE_INVALID &&
           out->role != ROLE_SUPERVISOR;
}

static bool take_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct str role = STR_INIT("--role="), folder = STR_INIT("--folder="),
                            probe = STR_INIT("--probe="), path = STR_INIT("--path=");

    *out = (struct arguments){0};
    for (int i = 1; i < argc; i++) {
        struct str one = str_of(argv[i]);
        if (str_starts(one, role)) {
            if (!take_role(str_slice(one, role.len, one.len), out))
                return false;
        } else if (str_starts(one, folder)) {
            out->folder = argv[i] + folder.len;
        } else if (str_starts(one, probe)) {
            out->probe = argv[i] + probe.len;
        } else if (str_starts(one, path)) {
            out->path = argv[i] + path.len;
        } else {
            return false;
        }
    }
    return out->role != ROLE_INVALID;
}

/* Nothing is open but stdio and, unless it is a probe, the supervisor's channel. */
static void close_others(bool probe)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0)
        dup2(null, STDIN_FILENO);
    (void)close_range(probe ? 3 : ROLE_SUPERVISOR_FD + 1, ~0U, 0);
    if (!probe)
        (void)fcntl(ROLE_SUPERVISOR_FD, F_SETFD, FD_CLOEXEC);
}

static void set_signals(void)
{
    static const int ignored[] = {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
    sigset_t none;

    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        signal(ignored[i], SIG_IGN); /* the supervisor decides and tells by message */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run_main(const struct role_process *process)
{
    switch (process->role) {
    case ROLE_WORKER:
        return worker_main(process);
    case ROLE_KEEPER:
        return keeper_main(process);
    case ROLE_RECORDER:
        return recorder_main(process);
    case ROLE_CONTROL:
        return control_main(process);
    case ROLE_INVALID:
    case ROLE_SUPERVISOR:
    case ROLE_COUNT:
        break;
    }
    return 2;
}

static int run(const struct arguments *arguments)
{
    char name[32];
    struct role_process process = {
        .role = arguments->role,
        .index = (uint16_t)arguments->index,
        .supervisor = ROLE_SUPERVISOR_FD,
        .folder = arguments->folder,
    };

    snprintf(name, sizeof(name), "%s/%u", role_name(process.role), process.index);
    log_set_role(process.role == ROLE_WORKER ? name : role_name(process.role));
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    /* The recorder outlives a supervisor that was killed for as long as it has records to write. */
    if (process.role != ROLE_RECORDER)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close_others(arguments->probe != NULL);
    set_signals();
    raise_descriptor_limit();
    process.base = event_base_new();
    if (process.base == NULL)
        return 1;
    if (arguments->probe)
        probe_prepare();
    process.sandbox = sandbox_enter(process.role, process.folder);
    if (process.sandbox == NULL) {
        log_event(LOG_sandbox_partial, log_text("problem", strerror(errno)),
                  log_text("outcome", "the process does not start"));
        return 1;
    }
    if (arguments->probe)
        return probe_run(arguments->probe, arguments->path);
    int status = run_main(&process);
    event_base_free(process.base);
    return status;
}

bool role_start(int argc, char **argv, int *ret_status)
{
    struct arguments arguments;

    if (argc < 2 || !str_starts(str_of(argv[1]), STR("--role=")))
        return false;
    *ret_status = 2;
    if (take_arguments(argc, argv, &arguments))
        *ret_status = run(&arguments);
    return true;
}

bool role_next_policy(struct cursor *files, struct str *ret_name, struct str *ret_text)
{
    static const struct str prefix = STR_INIT("policy:");

    while (ipc_pack_next(files, ret_name, ret_text))
        if (str_starts(*ret_name, prefix)) {
            *ret_name = str_slice(*ret_name, prefix.len, ret_name->len);
            return true;
        }
    return false;
}
