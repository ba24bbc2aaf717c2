#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading SQL exactly as one server would: tokens, then a tree per statement. No I/O, no globals,
 * no catalog: names are not resolved here. All memory comes from the caller's arena, and what is
 * returned points into that arena and into the text, which must live as long.
 *
 * Everything a server's reading depends on is in struct sql_context: family and version, sql_mode,
 * character set of the client. The same bytes under another context are another statement.
 *
 * What can't be understood in full is a fault, with its position; no byte is skipped. A reading
 * on which versions of a server differ is taken as the version says or refused, never guessed.
 *
 * Glossary
 *   text       the bytes of one command (COM_QUERY, COM_STMT_PREPARE); may hold several statements
 *   token      a span of the text: word, literal, operator. Comments are not tokens; those that
 *              this server executes are replaced by the tokens inside them
 *   word       an identifier without quotes; may be a keyword (keywords.h)
 *   node       part of the tree (ast.h); spans tokens first..last
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "sql/statement_kind.h"

struct sql_node;

enum sql_family {
    SQL_FAMILY_INVALID = 0,
    SQL_MYSQL,
    SQL_MARIADB
};

/* The bits of sql_mode that change how text is read or what an expression means. */
enum sql_mode_bit {
    SQL_MODE_ANSI_QUOTES = 1 << 0,          /* "x" is an identifier */
    SQL_MODE_NO_BACKSLASH_ESCAPES = 1 << 1, /* \ is an ordinary byte in strings */
    SQL_MODE_PIPES_AS_CONCAT = 1 << 2,      /* || concatenates */
    SQL_MODE_HIGH_NOT_PRECEDENCE = 1 << 3,  /* NOT binds as ! does */
    SQL_MODE_IGNORE_SPACE = 1 << 4,         /* blanks may stand between a function and its ( */
    SQL_MODE_REAL_AS_FLOAT = 1 << 5,        /* the type REAL is FLOAT */
    SQL_MODE_ORACLE = 1 << 6,               /* MariaDB's other grammar: every text is refused */
    SQL_MODE_MSSQL = 1 << 7,                /* MariaDB: [x] is an identifier: refused */
};

/* How the client's character set divides bytes. `refused` covers utf16, ucs2 and utf32, which the
 * servers don't take from clients, and everything unknown. */
enum sql_charset {
    SQL_CHARSET_REFUSED = 0,
    SQL_CHARSET_UTF8,    /* utf8mb4, utf8mb3 */
    SQL_CHARSET_LATIN1,  /* latin1: cp1252 */
    SQL_CHARSET_BYTES,   /* other single-byte sets, ascii, and binary */
    SQL_CHARSET_GBK,     /* 81-FE, 40-7E 80-FE */
    SQL_CHARSET_BIG5,    /* A1-F9, 40-7E A1-FE */
    SQL_CHARSET_SJIS,    /* sjis, cp932: 81-9F E0-FC, 40-7E 80-FC */
    SQL_CHARSET_GB2312,  /* A1-F7, A1-FE */
    SQL_CHARSET_GB18030, /* one, two or four bytes */
    SQL_CHARSET_EUCKR,   /* 81-FE, 41-5A 61-7A 81-FE */
    SQL_CHARSET_UJIS     /* ujis, eucjpms: A1-FE A1-FE, 8E A0-DF, 8F A1-FE A1-FE */
};

struct sql_context {
    enum sql_family family;
    uint32_t version;         /* 90704 for 9.7.4, 101119 for 10.11.19 */
    uint32_t mode;            /* bits of enum sql_mode_bit */
    enum sql_charset charset; /* character_set_client */
    bool several;             /* the session may send several statements in one text */
    bool program;             /* the text is the body of a stored program: one statement */
};

/* By the name of a character set or of a collation (`gbk`, `gbk_chinese_ci`), any case. */
enum sql_charset sql_charset_by_name(struct str name);
/* The names of those that are not refused, for messages: `i` from 0 on; empty behind the last. */
struct str sql_charset_name(size_t i);
/* By the id of a collation, as in the handshake. */
enum sql_charset sql_charset_by_collation(unsigned id);
/* The text of @@sql_mode: names with commas between, combination modes (ANSI, ...) included. False
 * when a name is not known to that family; *ret_mode is then untouched. */
bool sql_mode_parse(enum sql_family family, struct str text, uint32_t *ret_mode);
/* The names that the family knows, for messages: `i` from 0 on; empty behind the last. */
struct str sql_mode_name(enum sql_family family, size_t i);
/* The bits as a list that sql_mode_parse() takes; STR_NONE when the arena failed. */
struct str sql_mode_text(uint32_t mode, struct arena *arena);
/* `9.7.4`, `8.0.36-0ubuntu0`, `10.11.19-MariaDB-...`, `5.5.5-10.11.19-MariaDB` as servers greet
 * with; fills family and version. False when it can't be read. */
bool sql_version_parse(struct str text, struct sql_context *ret_context);

enum sql_token_kind {
    SQL_TOKEN_END = 0,    /* behind the last token; empty span */
    SQL_TOKEN_WORD,       /* identifier without quotes, or keyword: `word` says which */
    SQL_TOKEN_QUOTED,     /* `x`, and "x" under ANSI_QUOTES */
    SQL_TOKEN_STRING,     /* 'x', and "x" otherwise */
    SQL_TOKEN_NSTRING,    /* N'x' */
    SQL_TOKEN_DOLLAR,     /* $$x$$, $tag$x$tag$: MySQL 9 */
    SQL_TOKEN_HEX,        /* x'41' or 0x41 */
    SQL_TOKEN_BIT,        /* b'01' or 0b01 */
    SQL_TOKEN_INTEGER,    /* digits */
    SQL_TOKEN_DECIMAL,    /* digits with a point */
    SQL_TOKEN_FLOAT,      /* with an exponent */
    SQL_TOKEN_CHARSET,    /* _utf8mb4, when that is a character set */
    SQL_TOKEN_USER_VARIABLE,   /* @a, @'a', @`a`, @"a", and a lone @ : with what follows as one */
    SQL_TOKEN_SYSTEM_VARIABLE, /* the @@ alone */
    SQL_TOKEN_HINT,       /* a whole optimizer hint comment, where this server reads one */
    SQL_TOKEN_PARAM,      /* ? */
    SQL_TOKEN_SEMICOLON,
    SQL_TOKEN_COMMA,
    SQL_TOKEN_DOT,
    SQL_TOKEN_LEFT,       /* ( */
    SQL_TOKEN_RIGHT,      /* ) */
    SQL_TOKEN_LEFT_BRACE, /* { */
    SQL_TOKEN_RIGHT_BRACE,
    SQL_TOKEN_COLON,
    SQL_TOKEN_STAR,       /* * */
    SQL_TOKEN_PLUS,
    SQL_TOKEN_MINUS,
    SQL_TOKEN_SLASH,
    SQL_TOKEN_PERCENT,
    SQL_TOKEN_EQUAL,      /* = */
    SQL_TOKEN_NULL_SAFE,  /* <=> */
    SQL_TOKEN_NOT_EQUAL,  /* <> and != */
    SQL_TOKEN_LESS,
    SQL_TOKEN_LESS_EQUAL,
    SQL_TOKEN_GREATER,
    SQL_TOKEN_GREATER_EQUAL,
    SQL_TOKEN_SHIFT_LEFT,
    SQL_TOKEN_SHIFT_RIGHT,
    SQL_TOKEN_AND_AND,    /* && */
    SQL_TOKEN_OR_OR,      /* || */
    SQL_TOKEN_AND,        /* & */
    SQL_TOKEN_OR,         /* | */
    SQL_TOKEN_XOR,        /* ^ */
    SQL_TOKEN_TILDE,
    SQL_TOKEN_BANG,       /* ! */
    SQL_TOKEN_ASSIGN,     /* := */
    SQL_TOKEN_ARROW,      /* -> */
    SQL_TOKEN_ARROW_TEXT, /* ->> */
    SQL_TOKEN_DOT_DOT,    /* 1 .. 10, in MariaDB's FOR */
    SQL_TOKEN_NULL,       /* \N */
    SQL_TOKEN_COUNT
};

enum sql_token_flag {
    SQL_TOKEN_SPACED = 1 << 0,  /* blanks or comments stand before it */
    SQL_TOKEN_COMMENT = 1 << 1, /* ... and a comment, or the mark of an executable one, is there */
    SQL_TOKEN_CALL = 1 << 2,    /* a ( follows as the servers want it of a built-in function */
    SQL_TOKEN_ESCAPED = 1 << 3, /* the value is not the bytes between the quotes */
    SQL_TOKEN_HIGH = 1 << 4,    /* has a byte over 0x7F */
    SQL_TOKEN_DOUBLE = 1 << 5,  /* written with " */
    SQL_TOKEN_BROKEN = 1 << 6,  /* may not be well-formed in the client's character set */
    SQL_TOKEN_RESERVED = 1 << 7 /* WORD: no identifier here; SEMICOLON: stands in an executable
                                   comment, where it may not end a statement */
};

struct sql_token {
    uint32_t start; /* byte offset in the text */
    uint32_t end;   /* behind its last byte */
    uint8_t kind;   /* enum sql_token_kind */
    uint8_t flags;  /* enum sql_token_flag */
    uint16_t word;  /* SQL_TOKEN_WORD: enum sql_word (words.h), 0 when this server has no such keyword */
};

/* A text divided into tokens. tokens[count] is SQL_TOKEN_END. */
struct sql_text {
    struct sql_context context;
    struct str text;
    struct arena *arena;
    struct sql_token *tokens;
    uint32_t count;
    bool open; /* sql_lex failed at a quote, comment or literal that does not end in the text;
                  the tokens before it are there, as after any failure */
};

/* One statement of a text. */
struct sql_statement {
    enum statement_kind kind;
    struct sql_node *root; /* ast.h; spans the statement without its semicolon */
    uint32_t first, last;  /* tokens */
    uint32_t parameters;   /* `?` markers, numbered from 0 within the statement */
    const char *doubt;     /* what the server parses here and then refuses, or what is read by its
                              words alone: an unknown of every analysis; else NULL */
    uint32_t doubt_at;     /* its token */
};

struct sql_script {
    struct sql_text *text;
    struct sql_statement *statements;
    size_t count; /* 0: comments alone, which the servers take and do nothing about */
};

/* Divides the text into tokens. False with *fault set: unterminated string, identifier or comment,
 * a byte that begins nothing, more than LIMIT_SQL_TOKENS, a character set that is refused. */
bool sql_lex(const struct sql_context *context, struct str text, struct arena *arena,
             struct sql_text *ret_text, struct fault *fault);

/* Lexes and parses all of the text. An empty text (blanks, semicolons) is a fault as it is for the
 * servers; one of comments alone (those of another server or version among them) is none, and has
 * no statement. Where a statement other than the last may change how the rest is read (it sets
 * sql_mode or a character set, or runs dynamic SQL), the text is refused. */
bool sql_parse(const struct sql_context *context, struct str text, struct arena *arena,
               struct sql_script *ret_script, struct fault *fault);

/* The same for a text that was lexed already. */
bool sql_parse_tokens(struct sql_text *text, struct sql_script *ret_script, struct fault *fault);

/* The bytes of a token as written. */
static inline struct str sql_token_text(const struct sql_text *text, uint32_t token)
{
    const struct sql_token *t = &text->tokens[token];
    return str_make(text->text.ptr + t->start, t->end - t->start);
}
/* The value: quotes and escapes undone for strings and quoted identifiers, in the client's
 * character set; the text itself for the rest. STR_NONE when the arena has failed. */
struct str sql_token_value(const struct sql_text *text, uint32_t token);
/* Line and column (from 1, in bytes) of a byte offset, for messages. */
void sql_position(struct str text, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column);
/* The whole text of tokens first..last as written, comments inside included. */
static inline struct str sql_span_text(const struct sql_text *text, uint32_t first, uint32_t last)
{
    uint32_t start = text->tokens[first].start;
    return str_make(text->text.ptr + start, text->tokens[last].end - start);
}
/* The text of the statement that begins at token `first` and that the token `end` divides from
 * what follows (a semicolon, or the end): with the marks of executable comments around its tokens,
 * which sql_span_text() leaves out at either end. */
static inline uint32_t sql_piece_start(const struct sql_text *text, uint32_t first)
{
    if ((text->tokens[first].flags & SQL_TOKEN_COMMENT) == 0)
        return text->tokens[first].start;
    return first > 0 ? text->tokens[first - 1].end : 0;
}
static inline struct str sql_piece_text(const struct sql_text *text, uint32_t first, uint32_t end)
{
    uint32_t start = sql_piece_start(text, first);
    uint32_t stop = (text->tokens[end].flags & SQL_TOKEN_COMMENT) == 0 ? text->tokens[end - 1].end
                                                                       : text->tokens[end].start;
    return str_make(text->text.ptr + start, stop - start);
}
