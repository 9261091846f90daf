/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/yaml.h"

#include "base/diag.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* An open mapping or list. In a mapping `key` is set between a key and its value. */
struct frame {
    struct tb_node *node, *last;
    const char *key;
    int key_line, key_column;
};

struct builder {
    tb_arena *arena;
    tb_diags *diags;
    const struct tb_yaml_text *in;
    struct frame frame[TB_YAML_MAX_DEPTH];
    int depth;
    struct tb_node *root;
    size_t nodes;
    int documents;
    bool failed; /* something was reported; reading goes on to find more */
    bool stop;   /* nothing sensible can follow */
};

static struct tb_pos position(const struct builder *b, yaml_mark_t mark)
{
    return (struct tb_pos){b->in->file, (int)mark.line + 1 + b->in->line_offset,
                           (int)mark.column + 1};
}

static void fail(struct builder *b, enum tb_code code, struct tb_pos pos, const char *message,
                 const char *remedy)
{
    struct tb_finding finding = {.pos = pos, .remedy = remedy};
    tb_diag_add(b->diags, code, &finding, "%s", message);
    b->failed = true;
}

static void out_of_memory(struct builder *b)
{
    struct tb_finding finding = {.pos = {b->in->file, 0, 0}};
    tb_diag_add(b->diags, TB_NO_MEMORY, &finding, "out of memory");
    b->failed = b->stop = true;
}

/* Position of a byte; columns count characters, as libyaml does. */
static struct tb_pos position_of_byte(const struct tb_yaml_text *in, size_t at)
{
    struct tb_pos pos = {in->file, 1 + in->line_offset, 1};
    for (size_t i = 0; i < at; i++) {
        if (in->text[i] == '\n') {
            pos.line++;
            pos.column = 1;
        } else if (((unsigned char)in->text[i] & 0xC0U) != 0x80U) {
            pos.column++;
        }
    }
    return pos;
}

/* What libyaml would accept or report without a clear word: size, encoding, tabs. */
static bool check_bytes(const struct tb_yaml_text *in, tb_diags *diags)
{
    if (in->length > TB_YAML_MAX_BYTES) {
        struct tb_finding finding = {.pos = {in->file, 0, 0}, .accepted = "at most 1 MiB"};
        tb_diag_add(diags, TB_TEXT_TOO_LARGE, &finding, "the file is too large for a preset");
        return false;
    }
    size_t bad = tb_utf8_invalid_at(in->text, in->length);
    if (bad < in->length) {
        struct tb_text found = {0};
        tb_text_addf(&found, "byte 0x%02X", (unsigned)(unsigned char)in->text[bad]);
        struct tb_finding finding = {.pos = position_of_byte(in, bad), .found = found.data};
        tb_diag_add(diags, TB_TEXT_NOT_UTF8, &finding, "the file is not UTF-8 text");
        tb_text_free(&found);
        return false;
    }
    const char *tab = memchr(in->text, '\t', in->length);
    if (tab != NULL) {
        struct tb_finding finding = {.pos = position_of_byte(in, (size_t)(tab - in->text)),
                                     .found = "a tab",
                                     .remedy = "indent and separate with spaces"};
        tb_diag_add(diags, TB_YAML_SYNTAX, &finding, "YAML syntax error: a tab in the file");
        return false;
    }
    return true;
}

static bool is_map_waiting_for_key(const struct builder *b)
{
    const struct frame *top = b->depth > 0 ? &b->frame[b->depth - 1] : NULL;
    return top != NULL && top->node->kind == TB_NODE_MAP && top->key == NULL;
}

static void link_node(struct builder *b, struct tb_node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return;
    }
    struct frame *top = &b->frame[b->depth - 1];
    node->parent = top->node;
    node->key = top->key;
    node->key_line = top->key_line;
    node->key_column = top->key_column;
    top->key = NULL;
    if (top->last != NULL) {
        top->last->next = node;
    } else {
        top->node->first = node;
    }
    top->last = node;
    top->node->n++;
}

static struct tb_node *add_node(struct builder *b, enum tb_node_kind kind, yaml_mark_t mark)
{
    if (++b->nodes > TB_YAML_MAX_NODES) {
        fail(b, TB_TEXT_TOO_LARGE, position(b, mark), "the file has more than 200000 nodes", NULL);
        b->stop = true;
        return NULL;
    }
    struct tb_node *node = tb_arena_alloc(b->arena, sizeof *node);
    if (node == NULL) {
        out_of_memory(b);
        return NULL;
    }
    struct tb_pos pos = position(b, mark);
    node->kind = kind;
    node->line = pos.line;
    node->column = pos.column;
    link_node(b, node);
    return node;
}

static void refuse_extras(struct builder *b, const yaml_event_t *event, const void *anchor,
                          const void *tag)
{
    if (anchor != NULL) {
        fail(b, TB_YAML_SYNTAX, position(b, event->start_mark),
             "YAML anchors are not accepted in a preset", "write the value where it is read");
    }
    if (tag != NULL) {
        fail(b, TB_YAML_SYNTAX, position(b, event->start_mark),
             "YAML tags are not accepted in a preset", "quote a text that starts with '!'");
    }
}

static void on_text(struct builder *b, const yaml_event_t *event)
{
    refuse_extras(b, event, event->data.scalar.anchor, event->data.scalar.tag);
    const char *text = tb_arena_strndup(b->arena, (const char *)event->data.scalar.value,
                                        event->data.scalar.length);
    if (text == NULL) {
        out_of_memory(b);
        return;
    }
    if (strlen(text) != event->data.scalar.length) {
        fail(b, TB_YAML_SYNTAX, position(b, event->start_mark),
             "YAML syntax error: a NUL character in a text", NULL);
    }
    if (is_map_waiting_for_key(b)) {
        struct frame *top = &b->frame[b->depth - 1];
        struct tb_pos pos = position(b, event->start_mark);
        top->key = text;
        top->key_line = pos.line;
        top->key_column = pos.column;
        return;
    }
    struct tb_node *node = add_node(b, TB_NODE_TEXT, event->start_mark);
    if (node != NULL) {
        node->text = text;
    }
}

static void open_node(struct builder *b, const yaml_event_t *event, enum tb_node_kind kind)
{
    if (is_map_waiting_for_key(b)) {
        fail(b, TB_YAML_SHAPE, position(b, event->start_mark), "a key must be a text", NULL);
        b->stop = true;
        return;
    }
    if (b->depth == TB_YAML_MAX_DEPTH) {
        struct tb_finding finding = {.pos = position(b, event->start_mark),
                                     .accepted = "at most 32 levels"};
        tb_diag_add(b->diags, TB_TEXT_TOO_DEEP, &finding, "nested too deeply");
        b->failed = b->stop = true;
        return;
    }
    struct tb_node *node = add_node(b, kind, event->start_mark);
    if (node != NULL) {
        b->frame[b->depth++] = (struct frame){.node = node};
    }
}

static void on_list(struct builder *b, const yaml_event_t *event)
{
    refuse_extras(b, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    open_node(b, event, TB_NODE_LIST);
}

static void on_map(struct builder *b, const yaml_event_t *event)
{
    refuse_extras(b, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    open_node(b, event, TB_NODE_MAP);
}

static void on_list_end(struct builder *b, const yaml_event_t *event)
{
    (void)event;
    b->depth--;
}

static int by_key(const void *a, const void *b)
{
    const struct tb_node *x = *(const struct tb_node *const *)a;
    const struct tb_node *y = *(const struct tb_node *const *)b;
    int order = strcmp(x->key, y->key);
    if (order != 0) {
        return order;
    }
    return x->key_line != y->key_line
               ? (x->key_line > y->key_line) - (x->key_line < y->key_line)
               : (x->key_column > y->key_column) - (x->key_column < y->key_column);
}

static void report_duplicate(struct builder *b, const struct tb_node *again,
                             const struct tb_node *before)
{
    struct tb_text path = {0}, remedy = {0};
    tb_node_path(again, &path);
    tb_text_addf(&remedy, "the first is in line %d", before->key_line);
    struct tb_finding finding = {.pos = {b->in->file, again->key_line, again->key_column},
                                 .path = path.data,
                                 .remedy = remedy.data};
    tb_diag_add(b->diags, TB_YAML_DUPLICATE, &finding, "the key '%s' stands twice", again->key);
    tb_text_free(&path);
    tb_text_free(&remedy);
    b->failed = true;
}

/* Sorted, so that a file of 100,000 keys costs no quadratic time. */
static void on_map_end(struct builder *b, const yaml_event_t *event)
{
    (void)event;
    const struct tb_node *map = b->frame[--b->depth].node;
    const struct tb_node *small[64];
    const struct tb_node **all = small;
    if (map->n < 2) {
        return;
    }
    if (map->n > sizeof small / sizeof *small) {
        all = malloc(map->n * sizeof *all);
        if (all == NULL) {
            out_of_memory(b);
            return;
        }
    }
    size_t n = 0;
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        all[n++] = entry;
    }
    qsort(all, n, sizeof(const struct tb_node *), by_key);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(all[i]->key, all[i - 1]->key) == 0) {
            report_duplicate(b, all[i], all[i - 1]);
        }
    }
    if (all != small) {
        free(all);
    }
}

static void on_document(struct builder *b, const yaml_event_t *event)
{
    if (++b->documents > 1) {
        fail(b, TB_YAML_SYNTAX, position(b, event->start_mark),
             "a preset file holds one YAML document", "remove the second '---'");
        b->stop = true;
    }
}

static void on_alias(struct builder *b, const yaml_event_t *event)
{
    fail(b, TB_YAML_SYNTAX, position(b, event->start_mark),
         "YAML aliases are not accepted in a preset", "write the value where it is read");
    b->stop = true;
}

static void on_stream_end(struct builder *b, const yaml_event_t *event)
{
    (void)event;
    b->stop = true;
}

typedef void event_handler(struct builder *b, const yaml_event_t *event);

static event_handler *const handlers[] = {
    [YAML_STREAM_END_EVENT] = on_stream_end, [YAML_DOCUMENT_START_EVENT] = on_document,
    [YAML_ALIAS_EVENT] = on_alias,           [YAML_SCALAR_EVENT] = on_text,
    [YAML_SEQUENCE_START_EVENT] = on_list,   [YAML_SEQUENCE_END_EVENT] = on_list_end,
    [YAML_MAPPING_START_EVENT] = on_map,     [YAML_MAPPING_END_EVENT] = on_map_end,
};

static void report_parser(struct builder *b, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        out_of_memory(b);
        return;
    }
    struct tb_pos pos = parser->error == YAML_READER_ERROR
                            ? position_of_byte(b->in, parser->problem_offset)
                            : position(b, parser->problem_mark);
    struct tb_text message = {0};
    tb_text_addf(&message, "YAML syntax error: %s",
                 parser->problem != NULL ? parser->problem : "unreadable");
    if (parser->context != NULL) {
        tb_text_addf(&message, " %s that starts in line %d", parser->context,
                     (int)parser->context_mark.line + 1 + b->in->line_offset);
    }
    fail(b, TB_YAML_SYNTAX, pos, message.data != NULL ? message.data : "YAML syntax error", NULL);
    tb_text_free(&message);
}

static void read_events(struct builder *b, yaml_parser_t *parser)
{
    while (!b->stop) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            report_parser(b, parser);
            return;
        }
        size_t type = (size_t)event.type;
        if (type < sizeof handlers / sizeof *handlers && handlers[type] != NULL) {
            handlers[type](b, &event);
        }
        yaml_event_delete(&event);
    }
}

/* Some editors begin UTF-8 with a byte-order mark, which says nothing here. */
static struct tb_yaml_text without_mark(const struct tb_yaml_text *in)
{
    struct tb_yaml_text text = *in;
    if (in->length >= 3 && memcmp(in->text, "\xEF\xBB\xBF", 3) == 0) {
        text.text += 3;
        text.length -= 3;
    }
    return text;
}

const struct tb_node *tb_yaml_parse(tb_arena *arena, const struct tb_yaml_text *in, tb_diags *diags)
{
    const struct tb_yaml_text text = without_mark(in);
    struct builder b = {.arena = arena, .in = &text, .diags = diags};
    yaml_parser_t parser;
    if (!check_bytes(&text, diags)) {
        return NULL;
    }
    if (!yaml_parser_initialize(&parser)) {
        out_of_memory(&b);
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.text, text.length);
    read_events(&b, &parser);
    yaml_parser_delete(&parser);
    if (!b.failed && b.root == NULL) {
        fail(&b, TB_TEXT_EMPTY, (struct tb_pos){in->file, 0, 0}, "the file is empty", NULL);
    }
    return b.failed ? NULL : b.root;
}

const struct tb_node *tb_node_get(const struct tb_node *map, const char *key)
{
    if (map == NULL || map->kind != TB_NODE_MAP) {
        return NULL;
    }
    for (const struct tb_node *entry = map->first; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

const char *tb_node_kind_name(enum tb_node_kind kind)
{
    static const char *const names[] = {"text", "list", "mapping"};
    return names[kind];
}

static size_t index_in_parent(const struct tb_node *node)
{
    size_t i = 0;
    for (const struct tb_node *other = node->parent->first; other != node; other = other->next) {
        i++;
    }
    return i;
}

void tb_node_path(const struct tb_node *node, struct tb_text *out)
{
    const struct tb_node *chain[TB_YAML_MAX_DEPTH + 1];
    size_t n = 0;
    for (; node != NULL && node->parent != NULL && n <= TB_YAML_MAX_DEPTH; node = node->parent) {
        chain[n++] = node;
    }
    for (bool first = true; n > 0; first = false) {
        const struct tb_node *step = chain[--n];
        if (step->key != NULL) {
            tb_text_addf(out, "%s%s", first ? "" : ".", step->key);
        } else {
            tb_text_addf(out, "[%zu]", index_in_parent(step));
        }
    }
}
