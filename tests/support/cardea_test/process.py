# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping child processes so that none outlives its parent."""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
CACHE = pathlib.Path(os.environ.get("CARDEA_CACHE", PROJECT / ".cache"))
_libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class StartError(RuntimeError):
    """A server did not come up; the message ends with the tail of its log."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(arguments, log, **options):
    """A child that dies with this process, its output in the file `log`."""
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(a) for a in arguments],
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", output),
            stderr=options.pop("stderr", output),
            preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            **options,
        )


def stop(child, seconds=10):
    """SIGTERM, then SIGKILL when it takes too long. Gives the exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return child.returncode


def tail(path, lines=30):
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def wait_until(ready, child, log, what, seconds=60):
    """Calls `ready` until it gives something true; StartError when the child ends or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = ready()
        if value:
            return value
        if child is not None and child.poll() is not None:
            raise StartError(f"{what} ended with code {child.returncode}:\n{tail(log)}")
        time.sleep(0.05)
    raise StartError(f"{what} was not ready in {seconds} s:\n{tail(log)}")
