/* AsyncAPI 3.0: every topic of the bus and every channel of the ZeroMQ publisher. The document is a jansson
 * tree, printed as the plain part of YAML that needs no library: blocks, and scalars in JSON's own notation.
 */
// SPDX-License-Identifier: Apache-2.0
#include "mw_schema.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* How the publisher's topics are made (services/publisher): parameters in braces, each topic ends in '/'. */
static const struct {
    const char *name, *address, *topic, *doc;
} zeromq_channels[] = {
    {"zeromq.estimate", "estimate/v1/{tenant}/{kind}/", "mw.estimate.v1", "Estimates as they change."},
    {"zeromq.alloc", "alloc/v1/{tenant}/{kind}/", "mw.allocation.v1", "Recommended allocations."},
    {"zeromq.experiment", "experiment/v1/{tenant}/{test}/", "mw.experiment.v1", "Running tests."},
    {"zeromq.alert", "alert/v1/{tenant}/{severity}/{rule}/", "mw.alert.v1", "Alerts as their state changes."},
    {"zeromq.deadletter", "deadletter/v1/{tenant}/", "mw.deadletter.v1", "Records that were refused."},
    {"zeromq.heartbeat", "hb/", NULL, "Once a second, always: proves that a subscription is live."},
};
enum { N_ZEROMQ_CHANNELS = sizeof zeromq_channels / sizeof zeromq_channels[0] };

static const struct {
    const char *name, *doc;
} parameters[] = {
    {"tenant", "Whom it is about."},       {"kind", "latest or published."},
    {"test", "Name of the test."},         {"severity", "info, warning, error or critical."},
    {"rule", "Name of the alert's rule."},
};
enum { N_PARAMETERS = sizeof parameters / sizeof parameters[0] };

/* ---- parts of the document
 * ------------------------------------------------------------------------------------ */

struct builder {
    bool failed;
};

static void put(struct builder *b, json_t *object, const char *key, json_t *value)
{
    b->failed |= json_object_set_new(object, key, value) != 0;
}

static json_t *reference(const char *where, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/%s/%s", where, name));
}

static json_t *info(void)
{
    return json_pack(
        "{s:s, s:s, s:s, s:{s:s, s:s}}", "title", "mixwatch", "version", "1.0.0", "description",
        "Always-on monitoring of marketing spend: what goes in, what comes out, and the journal between. "
        "Bodies are JSON; CloudEvents 1.0 attributes travel as headers. Versions are additive within v1.",
        "license", "name", "Apache-2.0", "url", "https://www.apache.org/licenses/LICENSE-2.0");
}

static json_t *servers(void)
{
    return json_pack(
        "{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}", "kafka", "host", "localhost:9092", "protocol", "kafka",
        "description", "The bus; a single process runs the same topics on an embedded log.", "zeromq", "host",
        "localhost:5556", "protocol", "zeromq", "description",
        "XPUB: frames of topic, header and body. A subscription is a bytewise prefix of the topic.");
}

/* A message as its type's schema says, with the headers of where it travels. */
static json_t *message(const struct mw_type *type, const char *headers)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:{s:o}}, s:[{s:s, s:o}]}", "name", type->topic,
                     "title", type->title, "summary", type->shape.doc, "contentType", "application/json",
                     "headers", reference("components/schemas", headers), "payload", "schemaFormat",
                     "application/schema+json;version=draft-2020-12", "schema", "$ref",
                     json_sprintf("./%s.schema.json", type->topic), "tags", "name",
                     type->input       ? "input"
                     : type->compacted ? "state"
                                       : "log",
                     "description",
                     json_string(type->input       ? "Comes from outside: unknown fields are refused."
                                 : type->compacted ? "The latest of a key replaces the one before."
                                                   : "Every record counts."));
}

static json_t *heartbeat_message(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", "heartbeat", "title", "Heartbeat", "summary",
                     "The publisher is alive; its clock and positions.", "contentType", "application/json",
                     "headers", reference("components/schemas", "frameHeader"), "payload",
                     reference("components/schemas", "heartbeat"));
}

static json_t *topic_channel(const struct mw_type *type)
{
    return json_pack("{s:s, s:s, s:[o], s:{s:o}, s:{s:{s:s, s:{s:[s]}, s:s}}}", "address", type->topic,
                     "description", type->shape.doc, "servers", reference("servers", "kafka"), "messages",
                     "record", reference("components/messages", type->topic), "bindings", "kafka", "topic",
                     type->topic, "topicConfiguration", "cleanup.policy",
                     type->compacted ? "compact" : "delete", "bindingVersion", "0.5.0");
}

static json_t *address_parameters(struct builder *b, const char *address)
{
    json_t *found = json_object();
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        const char *at = strstr(address, parameters[i].name);
        if (at != NULL && at > address && at[-1] == '{') {
            put(b, found, parameters[i].name, json_pack("{s:s}", "description", parameters[i].doc));
        }
    }
    return found;
}

static json_t *zeromq_channel(struct builder *b, size_t i)
{
    json_t *channel =
        json_pack("{s:s, s:s, s:[o], s:{s:o}}", "address", zeromq_channels[i].address, "description",
                  zeromq_channels[i].doc, "servers", reference("servers", "zeromq"), "messages", "record",
                  reference("components/messages", zeromq_channels[i].name));
    json_t *found = address_parameters(b, zeromq_channels[i].address);
    if (json_object_size(found) > 0) {
        put(b, channel, "parameters", found);
    } else {
        json_decref(found);
    }
    return channel;
}

/* Seen from the monitor: it receives what comes from outside and sends the rest. */
static json_t *operation(const char *action, const char *channel)
{
    return json_pack("{s:s, s:o}", "action", action, "channel", reference("channels", channel));
}

static json_t *cloud_event_headers(void)
{
    static const char *const names[] = {"ce_specversion", "ce_id",   "ce_source",   "ce_type",
                                        "ce_subject",     "ce_time", "content-type"};
    static const char *const docs[] = {
        "Always 1.0.",      "With ce_source the identity of the record.",         "Who says it.",
        "The topic.",       "What the latest record of replaces the one before.", "RFC 3339.",
        "application/json."};
    json_t *properties = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)json_object_set_new(properties, names[i],
                                  json_pack("{s:s, s:s}", "type", "string", "description", docs[i]));
    }
    return json_pack("{s:s, s:s, s:o, s:[s,s,s,s]}", "type", "object", "description",
                     "CloudEvents 1.0 attributes, Kafka binary content mode.", "properties", properties,
                     "required", names[0], names[1], names[2], names[3]);
}

/* Rows of an object of integers but for the texts named first. */
static json_t *plain_object(const char *doc, const char *const texts[], const char *const integers[])
{
    json_t *properties = json_object();
    for (size_t i = 0; texts[i] != NULL; i++) {
        (void)json_object_set_new(properties, texts[i], json_pack("{s:s}", "type", "string"));
    }
    for (size_t i = 0; integers[i] != NULL; i++) {
        (void)json_object_set_new(properties, integers[i], json_pack("{s:[s,s]}", "type", "integer", "null"));
    }
    return json_pack("{s:s, s:s, s:o}", "type", "object", "description", doc, "properties", properties);
}

static json_t *frame_header(void)
{
    static const char *const texts[] = {"type", "id", "tenant", "key", "schema", NULL};
    static const char *const integers[] = {"v", "rev", "ts_pub_ms", "ts_event_ms", "valid_until_ms", NULL};
    return plain_object(
        "The second frame. rev is 1, 2, 3, ... per (type, tenant, key): a gap is rev != last + 1.", texts,
        integers);
}

static json_t *heartbeat(void)
{
    static const char *const texts[] = {NULL};
    static const char *const integers[] = {"started_ms",     "interval_ms", "tick_ms",
                                           "tenant_tick_ms", "sent",        "canary_lost",
                                           "keys",           "not_kept",    NULL};
    json_t *body = plain_object(
        "The publisher's clock and counters; streams holds the last offset of each topic.", texts, integers);
    (void)json_object_set_new(json_object_get(body, "properties"), "streams",
                              json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "object"));
    return body;
}

/* ---- the document
 * --------------------------------------------------------------------------------------------- */

static void put_topics(struct builder *b, json_t *channels, json_t *operations, json_t *messages)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        const struct mw_type *type = mw_types[i];
        const char *action = type->input ? "receive" : "send";
        char name[80];
        (void)snprintf(name, sizeof name, "%s.%s", action, type->topic);
        put(b, channels, type->topic, topic_channel(type));
        put(b, operations, name, operation(action, type->topic));
        put(b, messages, type->topic, message(type, "cloudEventHeaders"));
    }
}

static void put_zeromq(struct builder *b, json_t *channels, json_t *operations, json_t *messages)
{
    for (size_t i = 0; i < N_ZEROMQ_CHANNELS; i++) {
        const char *channel = zeromq_channels[i].name, *topic = zeromq_channels[i].topic;
        char name[80];
        (void)snprintf(name, sizeof name, "send.%s", channel);
        put(b, channels, channel, zeromq_channel(b, i));
        put(b, operations, name, operation("send", channel));
        put(b, messages, channel,
            topic == NULL ? heartbeat_message() : message(mw_type_of(mw_span(topic)), "frameHeader"));
    }
}

static json_t *document(struct builder *b)
{
    json_t *channels = json_object(), *operations = json_object(), *messages = json_object();
    put_topics(b, channels, operations, messages);
    put_zeromq(b, channels, operations, messages);
    json_t *all = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:{s:o, s:{s:o, s:o, s:o}}}", "asyncapi",
                            "3.0.0", "id", "urn:mixwatch", "info", info(), "servers", servers(),
                            "defaultContentType", "application/json", "channels", channels, "operations",
                            operations, "components", "messages", messages, "schemas", "cloudEventHeaders",
                            cloud_event_headers(), "frameHeader", frame_header(), "heartbeat", heartbeat());
    b->failed |= all == NULL;
    return all;
}

/* ---- YAML
 * ------------------------------------------------------------------------------------------------------ */

static void print(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

static void print_indent(struct mw_writer *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        print(out, "  ");
    }
}

/* A scalar as JSON writes it, which YAML 1.2 reads the same. */
static void print_scalar(struct mw_writer *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    out->failed |= text == NULL;
    print(out, text == NULL ? "" : text);
    free(text);
}

static void print_block(struct mw_writer *out, const json_t *value, size_t depth);

/* What follows "key:" or "-": a scalar on the same line, a block below. */
static void print_value(struct mw_writer *out, const json_t *value, size_t depth)
{
    if (json_object_size(value) > 0 || json_array_size(value) > 0) {
        print(out, "\n");
        print_block(out, value, depth + 1);
    } else {
        print(out, " ");
        print_scalar(out, value);
        print(out, "\n");
    }
}

static void print_block(struct mw_writer *out, const json_t *value, size_t depth)
{
    const char *key;
    size_t i;
    json_t *child;
    json_object_foreach((json_t *)value, key, child)
    {
        print_indent(out, depth);
        print(out, key[0] == '$' || strchr(key, '/') != NULL ? "\"" : "");
        print(out, key);
        print(out, key[0] == '$' || strchr(key, '/') != NULL ? "\":" : ":");
        print_value(out, child, depth);
    }
    json_array_foreach(value, i, child)
    {
        print_indent(out, depth);
        print(out, "-");
        print_value(out, child, depth);
    }
}

enum mw_status mw_asyncapi_write(struct mw_writer *out, struct mw_error *err)
{
    struct builder b = {0};
    const size_t before = out->len;
    json_t *all = document(&b);
    if (!b.failed) {
        print(out, "# Generated from the message tables by the target mw_schema.\n");
        print_block(out, all, 0);
    }
    json_decref(all);
    if (!b.failed && !out->failed) {
        return MW_OK;
    }
    out->len = before;
    return MW_FAIL(err, MW_E_MEMORY, "no memory to write the AsyncAPI document");
}
