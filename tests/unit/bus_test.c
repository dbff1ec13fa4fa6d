// SPDX-License-Identifier: Apache-2.0
#include "bus_fixture.h"
#include "mw_bus_internal.h"

/* Golden values of Kafka's own UtilsTest.testMurmur2. */
Test(murmur2, equals_the_test_vectors_of_kafka)
{
    static const struct {
        const char *key;
        int32_t hash;
    } vectors[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        cr_expect_eq(mw_murmur2(mw_span(vectors[i].key)), vectors[i].hash, "murmur2(\"%s\") = %d",
                     vectors[i].key, mw_murmur2(mw_span(vectors[i].key)));
    }
}

Test(partition, is_within_range_and_zero_for_the_empty_key)
{
    cr_expect_eq(mw_partition_of(mw_span(""), 7), 0);
    cr_expect_eq(mw_partition_of(mw_span("foobar"), 1), 0);
    /* toPositive(hash) % n: -790332482 & 0x7fffffff = 1357151166 */
    cr_expect_eq(mw_partition_of(mw_span("foobar"), 10), 6);
}

Test(headers, come_back_from_their_blob_and_damage_is_seen)
{
    const struct mw_attribute items[] = {{mw_span("ce_id"), mw_span("1")}, {mw_span("x"), mw_span("")}};
    struct mw_writer blob = {0};
    mw_headers_write(&(struct mw_headers){items, 2}, &blob);
    struct mw_arena arena = {0};
    struct mw_headers back;
    cr_assert_eq(mw_headers_read(mw_writer_span(&blob), &arena, &back, NULL), MW_OK);
    cr_expect_eq(back.n, 2);
    cr_expect(mw_span_is(back.items[0].value, "1") && mw_span_is(back.items[1].name, "x"));
    for (size_t cut = 0; cut < blob.len; cut++) {
        cr_expect_eq(mw_headers_read((struct mw_span){blob.data, cut}, &arena, &back, NULL), MW_E_DATA);
    }
    mw_arena_fini(&arena);
    mw_writer_fini(&blob);
}

Test(records, no_memory_is_a_status)
{
    struct mw_record_list list = {0};
    const struct mw_record record = {.topic = "t", .key = mw_span("k")};
    mw_arena_fail_after(1);
    cr_expect_eq(mw_record_list_add(&list, &record, "t", NULL), MW_E_MEMORY);
    mw_arena_fail_after(0);
    cr_expect_eq(mw_record_list_add(&list, &record, "t", NULL), MW_OK);
    mw_record_list_fini(&list);
}
