/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/control.h"

#include "base/clock.h"
#include "base/log.h"
#include <curl/curl.h>

#define PRUNE_EVERY_TICKS 3600
#define KEEP_APPROVALS_US ((int64_t)90 * 24 * 3600 * 1000000)
#define KEEP_LOGINS_US    ((int64_t)7 * 24 * 3600 * 1000000)

static bool is_idle(const struct control *control)
{
    return control->approvals.line_count == 0 &&
           (!control->http || !http_server_busy(control->http));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct control *control = arg;
    int64_t now_us = control_now_us(control);

    (void)fd, (void)what;
    control->ticks++;
    if (control->store)
        approval_service_sweep(&control->approvals);
    if (control->store && control->ticks % PRUNE_EVERY_TICKS == 0)
        (void)store_prune(control->store, now_us - KEEP_APPROVALS_US, now_us - KEEP_LOGINS_US);
    if (control->draining && (is_idle(control) || clock_monotonic_ms() >= control->drain_ends_ms))
        event_base_loopexit(control->process->base, NULL);
}

static bool start(struct control *control)
{
    const struct timeval second = {.tv_sec = 1};
    struct event_base *base = control->process->base;

    sight_init(&control->sight);
    control->supervisor =
        ipc_channel_new(base, ROLE_CONTROL, ROLE_SUPERVISOR, 0, &control_handlers, control);
    control->keeper =
        ipc_channel_new(base, ROLE_CONTROL, ROLE_KEEPER, 0, &control_handlers, control);
    control->recorder =
        ipc_channel_new(base, ROLE_CONTROL, ROLE_RECORDER, 0, &control_handlers, control);
    control->tick = event_new(base, -1, EV_PERSIST, on_tick, control);
    if (!control->supervisor || !control->keeper || !control->recorder || !control->tick)
        return false;
    control_backend_fill(control);
    event_add(control->tick, &second);
    ipc_channel_connect(control->supervisor, control->process->supervisor);
    return true;
}

static void stop(struct control *control)
{
    http_server_free(control->http);
    issuers_free(control->issuers);
    approval_service_release(&control->approvals);
    if (control->api_ready)
        api_release(&control->api);
    store_close(control->store);
    ipc_channel_free(control->keeper);
    ipc_channel_free(control->recorder);
    for (size_t i = 0; i < CONTROL_WORKERS_MAX; i++) {
        if (control->workers[i])
            ipc_channel_free(control->workers[i]->channel);
        free(control->workers[i]);
    }
    ipc_channel_free(control->supervisor);
    sight_release(&control->sight);
    if (control->tick)
        event_free(control->tick);
    policy_set_unref(control->policies);
    config_unref(control->config);
}

int control_main(const struct role_process *process)
{
    struct control *control = calloc(1, sizeof(*control));
    int status = 1;

    if (!control)
        return status;
    control->process = process;
    control->listener = -1;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !identity_prepare())
        log_event(LOG_control_failed, log_text("problem", "the libraries can't be set up"));
    else if (!start(control))
        log_event(LOG_control_failed, log_text("problem", "out of memory"));
    else
        status = event_base_dispatch(process->base) < 0;
    stop(control);
    free(control);
    curl_global_cleanup();
    return status;
}
