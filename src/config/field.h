#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Field tables: what a document may say. One table for each kind of object gives the reader (YAML
 * to struct), its errors, its defaults and the reference page.
 *
 * Every struct that is read begins with a `struct config_position at`. Durations are kept in
 * milliseconds (`_ms`), sizes in bytes, both as int64_t like every number.
 */
#include "config/document.h"

struct config_strings {
    struct str *items;
    size_t count;
};

struct config_label {
    struct str name, value;
};

struct config_labels {
    struct config_label *items;
    size_t count;
};

enum config_field_type {
    CONFIG_FIELD_INVALID = 0,
    CONFIG_FIELD_STRING,   /* struct str */
    CONFIG_FIELD_PATH,     /* struct str; relative to the file that names it */
    CONFIG_FIELD_BOOL,     /* bool */
    CONFIG_FIELD_INT,      /* int64_t */
    CONFIG_FIELD_DURATION, /* int64_t milliseconds: 500ms 30s 5m 12h 7d */
    CONFIG_FIELD_SIZE,     /* int64_t bytes: 512 64KiB 50MiB 2GiB */
    CONFIG_FIELD_ENUM,     /* int, of `choices` */
    CONFIG_FIELD_STRINGS,  /* struct config_strings; one scalar is a list of one */
    CONFIG_FIELD_PATHS,    /* the same, of paths */
    CONFIG_FIELD_LABELS,   /* struct config_labels: a map of scalars */
    CONFIG_FIELD_OBJECT,   /* a struct of `table`, in place */
    CONFIG_FIELD_LIST,     /* pointer to structs of `table`, and a size_t right behind it */
    CONFIG_FIELD_CUSTOM,   /* `read` does it */
    CONFIG_FIELD_REFUSED   /* may not stand here; `hint` says what to write instead */
};

struct config_choice {
    const char *text;
    int value;
    const char *description;
};

struct config_table;
struct config_reader;

struct config_field {
    const char *name;
    enum config_field_type type;
    size_t offset; /* in the struct */
    bool required;
    const char *fallback; /* the default as it would be written; NULL: empty, 0, false */
    int64_t min, max;     /* of numbers; of lists the count; both 0: not bounded */
    const struct config_choice *choices; /* ends with a NULL text */
    const struct config_table *table;
    bool (*read)(struct config_reader *reader, const struct config_node *node, void *slot);
    const char *shape; /* CUSTOM: for the reference, as `list of objects` */
    const char *description;
    const char *hint; /* for REFUSED, or shown with every error of this field */
};

struct config_table {
    const char *name; /* `listener`: in messages and as the heading in the reference */
    const char *description;
    const struct config_field *fields;
    size_t field_count;
    size_t size; /* of the struct */
    /* Checks between fields, after all were read; may be NULL. Reports problems itself. */
    void (*check)(struct config_reader *reader, void *object);
};

struct config_reader {
    struct arena *arena;
    struct config_problems *problems;
    void *context; /* of the caller, for `read` and `check` */
};

/* Fills *object (zeroed first, then defaults). False when this object or something in it had a
 * problem; the rest is filled all the same. */
bool config_table_read(struct config_reader *reader, const struct config_table *table,
                       const struct config_node *node, void *object);
/* Fills with the defaults alone. */
void config_table_defaults(struct config_reader *reader, const struct config_table *table,
                           struct config_position at, void *object);
/* One field's value from a node: for `read` functions that reuse the scalar types. */
bool config_field_read(struct config_reader *reader, const struct config_field *field,
                       const struct config_node *node, void *object);
/* `30s`, `5m`; false when it is none. */
bool config_duration_parse(struct str text, int64_t *ret_ms);
/* `512`, `64KiB`, `50MiB`, `2GiB`, `10kB`, `5MB`. */
bool config_size_parse(struct str text, int64_t *ret_bytes);
/* Markdown: a section for the table and for each table that it names, once. */
void config_table_reference(const struct config_table *table, struct buf *out);
