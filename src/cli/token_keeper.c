/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/token_keeper.h"
#include "base/clock.h"
#include "cli/token.h"
#include <pthread.h>
#include <time.h>

#define LOOK_EVERY_S 15 /* also when the token lasts longer: its file may have been replaced */

struct token_keeper {
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t wake;
    struct secret token;
    int64_t expires_at;
    bool stop;
    char *given;
};

static void *keep(void *data)
{
    struct token_keeper *keeper = data;
    char problem[1024];
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LOOK_EVERY_S;
        pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
        if (keeper->stop)
            break;
        pthread_mutex_unlock(&keeper->lock);
        struct secret token = {0};
        int64_t expires_at = 0;
        bool ok = token_get(keeper->given, &token, &expires_at, problem, sizeof problem);
        if (!ok)
            fprintf(stderr, "cardea: the token can't be renewed: %s\n", problem);
        pthread_mutex_lock(&keeper->lock);
        if (ok) {
            secret_release(&keeper->token);
            keeper->token = token;
            keeper->expires_at = expires_at;
        }
    }
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

struct token_keeper *token_keeper_start(const char *given, char *problem, size_t problem_size)
{
    struct token_keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return NULL;
    keeper->given = given ? strdup(given) : NULL;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    if (!token_get(given, &keeper->token, &keeper->expires_at, problem, problem_size)) {
        free(keeper->given);
        free(keeper);
        return NULL;
    }
    if (pthread_create(&keeper->thread, NULL, keep, keeper) != 0) {
        snprintf(problem, problem_size, "no thread can be started");
        secret_release(&keeper->token);
        free(keeper->given);
        free(keeper);
        return NULL;
    }
    return keeper;
}

void token_keeper_stop(struct token_keeper *keeper)
{
    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stop = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    secret_release(&keeper->token);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper->given);
    free(keeper);
}

bool token_keeper_get(struct token_keeper *keeper, struct secret *ret_token)
{
    pthread_mutex_lock(&keeper->lock);
    bool ok = secret_set(ret_token, keeper->token.bytes, keeper->token.len);
    pthread_mutex_unlock(&keeper->lock);
    return ok;
}
