/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/offline.h"
#include "base/limits.h"
#include "catalog/ddl.h"
#include "catalog/json.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define CATALOG_FILE_MAX ((size_t)256 << 20)

void offline_init(struct offline *o)
{
    *o = (struct offline){.zoneinfo = "/usr/share/zoneinfo"};
    arena_init(&o->arena, LIMIT_STATEMENT_ARENA);
}

void offline_release(struct offline *o)
{
    for (size_t i = 0; i < o->kept_count; i++)
        secret_release(&o->kept[i]);
    arena_release(&o->arena);
}

static bool read_whole(const char *path, struct buf *content)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0) {
        if (!buf_reserve(content, 65536)) {
            errno = EFBIG;
            n = -1;
            break;
        }
        n = read(fd, content->data + content->len, 65536);
        content->len += n > 0 ? (size_t)n : 0;
    }
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return n == 0;
}

static bool keep(struct offline *o, const char *path, bool tell, struct str *ret_text)
{
    struct buf content;

    buf_init(&content, CATALOG_FILE_MAX);
    bool good = read_whole(path, &content);
    if (!good && tell)
        fprintf(stderr, "cardea: %s: %s\n", path, strerror(errno));
    if (good &&
        (o->kept_count >= OFFLINE_FILES ||
         !secret_set(&o->kept[o->kept_count], content.len > 0 ? content.data : "", content.len))) {
        fprintf(stderr, "cardea: %s: too many files\n", path);
        good = false;
    }
    buf_release(&content);
    if (!good)
        return false;
    *ret_text = str_make(o->kept[o->kept_count].bytes, o->kept[o->kept_count].len);
    o->kept_count++;
    return true;
}

bool offline_read(struct offline *o, const char *path, struct str *ret_text)
{
    return keep(o, path, true, ret_text);
}

static bool fetch_zone(void *context, struct str zone, struct str *ret_tzif)
{
    struct offline *o = context;
    struct str path = arena_printf(&o->arena, "%s/%.*s", o->zoneinfo, STR_ARG(zone));

    return path.ptr != NULL && keep(o, path.ptr, false, ret_tzif);
}

bool offline_tell(const struct config_problems *problems)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    config_problems_print(problems, &out);
    if (out.len > 0)
        fwrite(out.data, 1, out.len, stderr);
    buf_release(&out);
    return problems->total > 0;
}

struct policy_set *offline_policies(struct offline *o, const char *const *paths, size_t count)
{
    struct policy_file *files = arena_array(&o->arena, count, struct policy_file);
    struct config_problems problems;

    for (size_t i = 0; files != NULL && i < count; i++) {
        files[i].name = str_of(paths[i]);
        if (!offline_read(o, paths[i], &files[i].text))
            return NULL;
    }
    if (files == NULL)
        return NULL;
    config_problems_init(&problems, &o->arena);
    struct policy_set *set = policy_set_load(files, count, fetch_zone, o, &problems);
    offline_tell(&problems);
    return set;
}

struct catalog *offline_catalog(struct offline *o, const char *path, const struct sql_context *sql)
{
    struct fault fault = {0};
    struct catalog *catalog;
    struct str text;

    if (!offline_read(o, path, &text))
        return NULL;
    if (str_ends(str_of(path), STR(".json")))
        catalog = catalog_json_load(text, &o->arena, &fault);
    else
        catalog = catalog_ddl_load(sql, text, STR_NONE, 0, &o->arena, &fault);
    if (catalog == NULL)
        fprintf(stderr, "cardea: %s: %.*s\n", path, STR_ARG(fault_line(&fault, &o->arena)));
    return catalog;
}

const char *offline_path(struct offline *o, struct str beside, struct str path)
{
    size_t folder = beside.len;

    while (folder > 0 && beside.ptr[folder - 1] != '/')
        folder--;
    if (path.len > 0 && path.ptr[0] == '/')
        folder = 0;
    struct str joined =
        arena_printf(&o->arena, "%.*s%.*s", STR_ARG(str_slice(beside, 0, folder)), STR_ARG(path));
    return joined.ptr != NULL ? joined.ptr : "";
}
