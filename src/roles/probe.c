/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static int spare_socket = -1;
static pid_t parent; /* of this process: the one to attack */

void probe_prepare(void)
{
    parent = getppid();
    spare_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Each gives a negative number when it was refused. */
static long try_read_file(const char *path)
{
    return openat(AT_FDCWD, path ? path : "/etc/passwd", O_RDONLY | O_CLOEXEC);
}
static long try_write_file(const char *path)
{
    return openat(AT_FDCWD, path ? path : "/tmp/cardea-probe", O_WRONLY | O_CREAT | O_CLOEXEC,
                  0600);
}
static long try_append_file(const char *path)
{
    return openat(AT_FDCWD, path ? path : "/tmp/cardea-probe", O_WRONLY | O_APPEND | O_CLOEXEC);
}
static long try_remove_file(const char *path)
{
    return unlinkat(AT_FDCWD, path ? path : "/tmp/cardea-probe", 0);
}
static long try_rename_file(const char *path)
{
    return renameat(AT_FDCWD, path ? path : "/tmp/cardea-probe", AT_FDCWD, "/tmp/cardea-probe-2");
}
static long try_list_folder(const char *path)
{
    return openat(AT_FDCWD, path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
static long try_other_memory(const char *path)
{
    char name[64];
    (void)path;
    snprintf(name, sizeof(name), "/proc/%d/mem", parent);
    return openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
}
static long try_exec(const char *path)
{
    char *argv[] = {(char *)(uintptr_t) "true", NULL};
    (void)path;
    return execve("/bin/true", argv, argv + 1);
}
static long try_fork(const char *path)
{
    (void)path;
    long pid = fork();
    if (pid == 0)
        _exit(0);
    return pid;
}
static long try_socket(const char *path)
{
    (void)path;
    return socket(AF_INET, SOCK_STREAM, 0);
}
static long try_socket_unix(const char *path)
{
    (void)path;
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long try_socket_packet(const char *path)
{
    (void)path;
    return socket(AF_PACKET, SOCK_RAW, 0);
}
static long try_connect(const char *path)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    (void)path;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    long result = connect(spare_socket, (struct sockaddr *)&to, sizeof(to));
    return result < 0 && errno == ECONNREFUSED ? 0 : result; /* it got through to the network */
}
static long try_listen(const char *path)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    (void)path;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    long result = bind(spare_socket, (struct sockaddr *)&at, sizeof(at));
    return result < 0 ? result : listen(spare_socket, 1);
}
static long try_kill(const char *path)
{
    (void)path;
    return kill(parent, 0);
}
static long try_ptrace(const char *path)
{
    (void)path;
    return ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}
static long try_process_read(const char *path)
{
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)0x1000, 1};
    (void)path;
    return process_vm_readv(parent, &local, 1, &remote, 1, 0);
}
static long try_run_memory(const char *path)
{
    (void)path;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? -1 : 0;
}
static long try_mount(const char *path)
{
    (void)path;
    return mount("none", "/mnt", "tmpfs", 0, NULL);
}
static long try_setuid(const char *path)
{
    (void)path;
    return syscall(SYS_setuid, 12345);
}
static long try_core_dump(const char *path)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    (void)path;
    return setrlimit(RLIMIT_CORE, &limit);
}
static long try_chmod(const char *path)
{
    return syscall(SYS_chmod, path ? path : "/tmp", 0777);
}
static long try_memfd(const char *path)
{
    (void)path;
    return memfd_create("probe", 0);
}
/* The one thing that must work, lest all the others fail for a wrong reason. */
static long try_nothing(const char *path)
{
    (void)path;
    return getpid() > 0 ? 0 : -1;
}

static const struct {
    const char *name;
    long (*attempt)(const char *path);
} probes[] = {
    {"nothing", try_nothing},           {"read-file", try_read_file},
    {"write-file", try_write_file},     {"append-file", try_append_file},
    {"remove-file", try_remove_file},   {"rename-file", try_rename_file},
    {"list-folder", try_list_folder},   {"other-memory", try_other_memory},
    {"exec", try_exec},                 {"fork", try_fork},
    {"socket", try_socket},             {"socket-unix", try_socket_unix},
    {"socket-packet", try_socket_packet}, {"connect", try_connect},
    {"listen", try_listen},             {"kill", try_kill},
    {"ptrace", try_ptrace},             {"process-read", try_process_read},
    {"run-memory", try_run_memory},     {"mount", try_mount},
    {"setuid", try_setuid},             {"core-dump", try_core_dump},
    {"chmod", try_chmod},               {"memfd", try_memfd},
};

int probe_run(const char *what, const char *path)
{
    char line[80];

    for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
        if (strcmp(what, probes[i].name) != 0)
            continue;
        errno = 0;
        long result = probes[i].attempt(path);
        int len = snprintf(line, sizeof(line), "%s\n",
                           result >= 0 ? "allowed" : strerrorname_np(errno));
        if (write(STDOUT_FILENO, line, (size_t)len) < 0)
            return 2;
        return result >= 0 ? 1 : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
        int len = snprintf(line, sizeof(line), "%s\n", probes[i].name);
        if (write(STDOUT_FILENO, line, (size_t)len) < 0)
            return 2;
    }
    return *what == '\0' ? 0 : 2;
}
