/* SPDX-License-Identifier: Apache-2.0
 *
 * What each role may ask of the kernel: SYSCALL(name, roles), roles being a set of W worker,
 * K keeper, R recorder, C control. Everything else is refused with EPERM; KILLED rows end the
 * process, as nothing but an attack comes to them.
 *
 * Kept in groups by what they are for, so that a row that looks out of place is seen.
 */

/* descriptors that are there already */
SYSCALL(read, W | K | R | C)
SYSCALL(write, W | K | R | C)
SYSCALL(readv, W | K | R | C)
SYSCALL(writev, W | K | R | C)
SYSCALL(close, W | K | R | C)
SYSCALL(fcntl, W | K | R | C)
SYSCALL(fstat, W | K | R | C)
SYSCALL(newfstatat, W | K | R | C) /* fstat of newer libraries; paths are Landlock's */
SYSCALL(lseek, W | K | R | C)
SYSCALL(pread64, W | K | R | C)
SYSCALL(dup, W | K | R | C)

/* sockets that are there already */
SYSCALL(sendmsg, W | K | R | C)
SYSCALL(recvmsg, W | K | R | C)
SYSCALL(sendto, W | K | C)
SYSCALL(recvfrom, W | K | C)
SYSCALL(shutdown, W | K | R | C)
SYSCALL(getsockopt, W | K | R | C)
SYSCALL(setsockopt, W | K | C)
SYSCALL(getsockname, W | K | C)
SYSCALL(getpeername, W | K | C)
SYSCALL(accept, W | C)
SYSCALL(accept4, W | C)

/* the event loop */
SYSCALL(epoll_wait, W | K | R | C)
SYSCALL(epoll_pwait, W | K | R | C)
SYSCALL(epoll_ctl, W | K | R | C)
SYSCALL(epoll_create1, W | K | R | C)
SYSCALL(eventfd2, W | K | R | C)
SYSCALL(poll, W | K | R | C)
SYSCALL(ppoll, W | K | R | C)

/* memory and time */
SYSCALL(brk, W | K | R | C)
SYSCALL(munmap, W | K | R | C)
SYSCALL(mremap, W | K | R | C)
SYSCALL(madvise, W | K | R | C)
SYSCALL(mlock, W | K | R | C)
SYSCALL(munlock, W | K | R | C)
SYSCALL(futex, W | K | R | C)
SYSCALL(getrandom, W | K | R | C)
SYSCALL(clock_gettime, W | K | R | C)
SYSCALL(clock_getres, W | K | R | C)
SYSCALL(clock_nanosleep, W | K | R | C)
SYSCALL(nanosleep, W | K | R | C)
SYSCALL(gettimeofday, W | K | R | C)
SYSCALL(time, W | K | R | C)

/* itself */
SYSCALL(exit, W | K | R | C)
SYSCALL(exit_group, W | K | R | C)
SYSCALL(rt_sigaction, W | K | R | C)
SYSCALL(rt_sigprocmask, W | K | R | C)
SYSCALL(rt_sigreturn, W | K | R | C)
SYSCALL(sigaltstack, W | K | R | C)
SYSCALL(restart_syscall, W | K | R | C)
SYSCALL(getpid, W | K | R | C)
SYSCALL(gettid, W | K | R | C)
SYSCALL(tgkill, W | K | R | C) /* abort(); Landlock keeps signals inside the process's own domain */
SYSCALL(getuid, W | K | R | C)
SYSCALL(geteuid, W | K | R | C)
SYSCALL(getgid, W | K | R | C)
SYSCALL(getegid, W | K | R | C)
SYSCALL(getrusage, W | K | R | C)
SYSCALL(uname, W | K | R | C)
SYSCALL(sysinfo, W | K | R | C)
SYSCALL(sched_yield, W | K | R | C)
SYSCALL(sched_getaffinity, W | K | R | C)

/* the log's folder; the store, certificates and name resolution */
SYSCALL(openat, R | C)
SYSCALL(pwrite64, R | C)
SYSCALL(fdatasync, R | C)
SYSCALL(fsync, R | C)
SYSCALL(ftruncate, R | C)
SYSCALL(getdents64, R | C)
SYSCALL(flock, R)
SYSCALL(open, C)
SYSCALL(stat, C)
SYSCALL(lstat, C)
SYSCALL(statx, C)
SYSCALL(access, C)
SYSCALL(faccessat, C)
SYSCALL(faccessat2, C)
SYSCALL(readlink, C)
SYSCALL(readlinkat, C)
SYSCALL(getcwd, C)
SYSCALL(unlink, C)
SYSCALL(unlinkat, C)
SYSCALL(rename, C)
SYSCALL(renameat, C)
SYSCALL(renameat2, C)
SYSCALL(mkdir, C)
SYSCALL(mkdirat, C)
SYSCALL(fchmod, C)
SYSCALL(fchown, C) /* SQLite, when run as root: its journal gets the database's owner */
SYSCALL(umask, C)
SYSCALL(utimensat, C)
SYSCALL(statfs, C)
SYSCALL(fstatfs, C)

/* control dials issuers; its HTTP library resolves names in threads. socket() by family: see
 * sandbox.c */
SYSCALL(connect, C)
SYSCALL(bind, C) /* of a resolver's datagram sockets; Landlock refuses it for TCP */
SYSCALL(socketpair, C)
SYSCALL(pipe2, C)
SYSCALL(select, C)
SYSCALL(pselect6, C)
SYSCALL(sendmmsg, C)
SYSCALL(recvmmsg, C)
SYSCALL(set_robust_list, R | C) /* threads: the recorder's for fdatasync */
SYSCALL(rseq, R | C)
SYSCALL(set_tid_address, C)

KILLED(execve)
KILLED(execveat)
KILLED(ptrace)
KILLED(process_vm_readv)
KILLED(process_vm_writev)
KILLED(bpf)
KILLED(init_module)
KILLED(finit_module)
KILLED(kexec_load)
KILLED(mount)
KILLED(pivot_root)
KILLED(chroot)
KILLED(setns)
KILLED(unshare)
KILLED(add_key)
KILLED(keyctl)
KILLED(perf_event_open)
KILLED(userfaultfd)
KILLED(io_uring_setup)
