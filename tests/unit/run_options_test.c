// SPDX-License-Identifier: Apache-2.0
#include "mw_options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

struct config {
    const char *brokers, *until, *password;
    uint64_t seed;
    int64_t bytes, wait_ms;
    int particles, level;
    double alpha;
    bool fresh, colour;
};

static const char *const levels[] = {"debug", "info", "warn", NULL};
static const struct mw_option rows[] = {
    {"kafka.brokers", MW_OPT_STR, "localhost:9092", offsetof(struct config, brokers),
     .help = "bootstrap list", .value = "LIST"},
    {"until", MW_OPT_STR, NULL, offsetof(struct config, until), .help = "last date", .value = "DATE"},
    {"password", MW_OPT_STR, NULL, offsetof(struct config, password), .help = "of the cache", .secret = true},
    {"seed", MW_OPT_U64, "1", offsetof(struct config, seed), .help = "root of all random streams",
     .value = "N"},
    {"batch-bytes", MW_OPT_I64, "1Mi", offsetof(struct config, bytes), .help = "of a commit"},
    {"wait", MW_OPT_MS, "2s", offsetof(struct config, wait_ms), .help = "how long to wait"},
    {"particles", MW_OPT_INT, "1024", offsetof(struct config, particles), .help = "how many", .min = 64,
     .max = 65536},
    {"alpha", MW_OPT_NUM, "0.05", offsetof(struct config, alpha), .help = "error rate", .min = 0.001,
     .max = 0.5},
    {"level", MW_OPT_ENUM, "info", offsetof(struct config, level), .help = "what to log", .choices = levels},
    {"fresh", MW_OPT_BOOL, "false", offsetof(struct config, fresh), .help = "start over"},
    {"colour", MW_OPT_BOOL, "true", offsetof(struct config, colour), .help = "in a terminal"},
    {0},
};
static const struct mw_command_line command = {
    .program = "mixwatch test", .summary = "Tests options.", .operands = "[NAME...]", .options = rows};

struct given {
    struct mw_arena arena;
    struct config config;
    struct mw_options_result result;
    struct mw_error error;
    enum mw_status status;
};

static struct given load_for(const struct mw_command_line *line, char *const *argv, char *const *environment)
{
    struct given given = {0};
    int argc = 0;
    while (argv[argc] != NULL) {
        argc++;
    }
    const struct mw_options_source source = {.argc = argc, .argv = argv, .environment = environment};
    given.status = mw_options_load(line, &source, &given.config, &given.arena, &given.result, &given.error);
    return given;
}

#define args(...) ((char *[]){__VA_ARGS__, NULL})
#define load(...) load_for(&command, args(__VA_ARGS__), NULL)

static void expect_refused(struct given given, const char *part)
{
    cr_expect_eq(given.status, MW_E_DATA, "%s", given.error.text);
    cr_expect_not_null(strstr(given.error.text, part), "want \"%s\" in \"%s\"", part, given.error.text);
    mw_arena_fini(&given.arena);
}

static char *write_file(char path[64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/mw-options-XXXXXX");
    const int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    return path;
}

Test(options, have_their_defaults)
{
    struct given given = load_for(&command, args(NULL), NULL);
    cr_assert_eq(given.status, MW_OK, "%s", given.error.text);
    cr_expect_str_eq(given.config.brokers, "localhost:9092");
    cr_expect_null(given.config.until);
    cr_expect(given.config.seed == 1 && given.config.bytes == 1 << 20 && given.config.wait_ms == 2000);
    cr_expect(given.config.particles == 1024 && given.config.alpha == 0.05 && given.config.level == 1);
    cr_expect(!given.config.fresh && given.config.colour);
    cr_expect_eq(given.result.outcome, MW_OPTIONS_RUN);
    mw_arena_fini(&given.arena);
}

Test(options, later_sources_win_default_file_environment_flag)
{
    char path[64];
    (void)write_file(path, "# all four\nseed: 2\nparticles: 200\nkafka.brokers: \"a:1\"\n");
    char *environment[] = {"MW_SEED=3", "MW_KAFKA_BROKERS=b:1", "MW_SHARED=/nowhere", NULL};
    struct given given = load_for(&command, args("--config", path, "--seed=4"), environment);
    cr_assert_eq(given.status, MW_OK, "%s", given.error.text);
    cr_expect_eq(given.config.seed, 4);
    cr_expect_str_eq(given.config.brokers, "b:1");
    cr_expect_eq(given.config.particles, 200);
    cr_expect_eq(given.config.wait_ms, 2000);
    cr_expect(given.result.origins[3] == MW_FROM_FLAG && given.result.origins[0] == MW_FROM_ENVIRONMENT);
    cr_expect(given.result.origins[6] == MW_FROM_FILE && given.result.origins[5] == MW_FROM_DEFAULT);
    mw_arena_fini(&given.arena);
    (void)unlink(path);
}

Test(flags, take_their_value_after_a_blank_or_an_equals_sign)
{
    struct given given =
        load("--until", "2024-01-31", "--seed=18446744073709551615", "--batch-bytes", "-3k", "--wait=1h",
             "--alpha=1e-2", "--level", "warn", "--fresh", "--no-colour", "us/", "-", "--", "--x");
    cr_assert_eq(given.status, MW_OK, "%s", given.error.text);
    cr_expect_str_eq(given.config.until, "2024-01-31");
    cr_expect(given.config.seed == UINT64_MAX && given.config.bytes == -3000 &&
              given.config.wait_ms == 3600000);
    cr_expect(given.config.alpha == 0.01 && given.config.level == 2 && given.config.fresh &&
              !given.config.colour);
    cr_expect_eq(given.result.n_operands, 3);
    cr_expect_str_eq(given.result.operands[0], "us/");
    cr_expect_str_eq(given.result.operands[1], "-");
    cr_expect_str_eq(given.result.operands[2], "--x");
    mw_arena_fini(&given.arena);
}

Test(flags, that_are_unknown_get_the_nearest_name)
{
    expect_refused(load("--parcticles", "3"), "unknown option \"parcticles\"; did you mean \"particles\"?");
    expect_refused(load("--sede=3"), "did you mean \"seed\"?");
    expect_refused(load("--zzzzzz"), "`mixwatch test --help` lists them all");
    expect_refused(load("-s"), "two dashes");
    expect_refused(load("--no-seed"), "unknown option");
}

Test(flags, with_bad_values_name_the_option_the_value_and_what_it_must_be)
{
    expect_refused(load("--seed", "-1"), "seed: \"-1\" is not a whole number from 0 on");
    expect_refused(load("--seed", "18446744073709551616"), "is not a whole number");
    expect_refused(load("--seed", "18446744073709551615k"), "is not a whole number");
    expect_refused(load("--seed", "1.5"), "is not a whole number");
    expect_refused(load("--batch-bytes", "1MB"), "is not a whole number");
    expect_refused(load("--particles", "63"), "particles: 63 is outside of 64..65536");
    expect_refused(load("--particles", "99999999999"), "is not a whole number");
    expect_refused(load("--alpha", "nan"), "alpha: \"nan\" is not a finite number");
    expect_refused(load("--alpha", "0,1"), "is not a finite number");
    expect_refused(load("--alpha", "1e999"), "is not a finite number");
    expect_refused(load("--alpha", "0.7"), "outside of 0.001..0.5");
    expect_refused(load("--wait", "2 s"), "is not a length of time");
    expect_refused(load("--fresh=maybe"), "is not true or false");
    expect_refused(load("--level", "loud"), "is not one of debug, info, warn");
    expect_refused(load("--until"), "--until needs a value: --until DATE");
    expect_refused(load("--config"), "--config needs a value");
}

Test(environment, with_a_bad_value_is_named)
{
    char *environment[] = {"MW_PARTICLES=many", NULL};
    expect_refused(load_for(&command, args(NULL), environment),
                   "environment variable MW_PARTICLES: particles: \"many\"");
}

Test(secrets, are_not_taken_from_the_command_line_nor_shown)
{
    expect_refused(load("--password", "x"), "environment variable MW_PASSWORD");
    char *environment[] = {"MW_PASSWORD=swordfish", NULL};
    struct given given = load_for(&command, args(NULL), environment);
    cr_assert_eq(given.status, MW_OK);
    cr_expect_str_eq(given.config.password, "swordfish");
    struct mw_writer out = {0};
    mw_options_describe(&command, &given.config, &given.result, &out);
    mw_write_u8(&out, 0);
    cr_expect_null(strstr(out.data, "swordfish"));
    cr_expect_not_null(strstr(out.data, "password = ***  (environment)"), "%s", out.data);
    cr_expect_not_null(strstr(out.data, "seed = 1  (default)"));
    mw_writer_fini(&out);
    mw_arena_fini(&given.arena);
}

static void expect_file_refused(const char *text, const char *part)
{
    char path[64], want[160];
    (void)write_file(path, text);
    (void)snprintf(want, sizeof want, "%s:%s", path, part);
    expect_refused(load("--config", path), want);
    (void)unlink(path);
}

Test(file, with_a_fault_is_refused_with_line_and_column)
{
    expect_file_refused("seed: 1\nparcticles: 3\n",
                        "2:1: unknown setting \"parcticles\"; did you mean \"particles\"?");
    expect_file_refused("seed: 1\nparticles:  x\n", "2:13: particles: \"x\" is not");
    expect_file_refused("seed: 1\nalpha: [1, 2]\n", "2:8: a setting's value is one text or number");
    expect_file_refused("seed: 1\nseed: 2\n", "2:1: seed stands here a second time");
    expect_file_refused("- seed\n", "1:1: expected lines such as");
    expect_file_refused("seed: \"open\n", "");
    expect_file_refused("[a]: 1\n", "1:1: a setting's name is a word");
}

Test(file, that_is_empty_sets_nothing_and_one_that_is_named_must_exist)
{
    char path[64];
    (void)write_file(path, "# nothing\n");
    struct given given = load("--config", path);
    cr_expect_eq(given.status, MW_OK, "%s", given.error.text);
    mw_arena_fini(&given.arena);
    (void)unlink(path);
    given = load("--config", path);
    cr_expect_eq(given.status, MW_E_IO);
    mw_arena_fini(&given.arena);
    struct mw_command_line line = command;
    line.config_path = path;
    given = load_for(&line, args(NULL), NULL); /* the usual place may be empty */
    cr_expect_eq(given.status, MW_OK);
    mw_arena_fini(&given.arena);
}

Test(operands, are_refused_where_there_are_none)
{
    struct mw_command_line line = command;
    line.operands = NULL;
    expect_refused(load_for(&line, args("stray"), NULL), "\"stray\": mixwatch test takes options only");
}

Test(options, that_are_required_must_come_from_somewhere)
{
    static const struct mw_option needed[] = {{"data", MW_OPT_STR, NULL, offsetof(struct config, until),
                                               .help = "the table", .value = "FILE", .required = true},
                                              {0}};
    const struct mw_command_line line = {.program = "x", .summary = "X.", .options = needed};
    expect_refused(load_for(&line, args(NULL), NULL), "--data FILE is missing: the table");
}

Test(help, lists_every_option_with_range_default_and_origin)
{
    struct given given = load("--seed", "nonsense", "--help");
    cr_expect_eq(given.status, MW_OK);
    cr_expect_eq(given.result.outcome, MW_OPTIONS_HELP);
    given = load("--version");
    cr_expect_eq(given.result.outcome, MW_OPTIONS_VERSION);
    struct mw_writer out = {0};
    mw_options_help(&command, &out);
    mw_write_u8(&out, 0);
    static const char *const parts[] = {"mixwatch test [OPTIONS] [NAME...]\n",
                                        "--kafka.brokers LIST",
                                        "bootstrap list [localhost:9092]",
                                        "how many (64..65536) [1024]",
                                        "what to log (debug|info|warn) [info]",
                                        "(environment or file only)",
                                        "--fresh ",
                                        "--help"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cr_expect_not_null(strstr(out.data, parts[i]), "want \"%s\" in\n%s", parts[i], out.data);
    }
    mw_writer_fini(&out);
}

Test(nearest_name, is_near_or_none)
{
    static const char *const names[] = {"particles", "seed", "until"};
    cr_expect_str_eq(mw_nearest_name("particels", names, 3), "particles");
    cr_expect_str_eq(mw_nearest_name("seeds", names, 3), "seed");
    cr_expect_null(mw_nearest_name("x", names, 3));
    cr_expect_null(mw_nearest_name("weather", names, 3));
}

Test(memory, that_is_out_is_a_status)
{
    for (size_t n = 1; n <= 3; n++) {
        mw_arena_fail_after(n);
        struct given given = load("--seed", "2");
        cr_expect_eq(given.status, MW_E_MEMORY, "allocation %zu", n);
        mw_arena_fini(&given.arena);
    }
    mw_arena_fail_after(0);
}
