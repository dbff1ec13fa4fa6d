// SPDX-License-Identifier: Apache-2.0
#include "mw_vocabulary.h"

#include "mw_number.h"
#include "mw_text.h"

enum { WORDS_MAX = 16, NAME_CHARS_MAX = 56 };

static const struct {
    unsigned meaning;
    const char *
        words; /* separated by blanks, in lower case; trailing digits of a column's words are not looked at */
} vocabulary[] = {
    {MW_WORD_DATE,
     "date dates day days ds week weeks wk month time timestamp period datum tag woche monat zeit jour "
     "semaine mois fecha dia día semana mes data giorno settimana mese year jahr año annee année date_week"},
    {MW_WORD_REVENUE,
     "revenue revenues sales turnover gmv income umsatz umsätze erlös erlöse ventes vente chiffre recettes "
     "ventas ingresos facturación facturacion fatturato ricavi vendite vendas receita faturamento"},
    {MW_WORD_CONVERSIONS,
     "conversions conversion orders order purchases purchase transactions leads lead signups signup "
     "registrations installs subscriptions subscribers customers bookings applications units "
     "bestellungen käufe abschlüsse konversionen anmeldungen commandes achats inscriptions "
     "conversiones pedidos compras conversioni ordini acquisti conversões"},
    {MW_WORD_TARGET, "y kpi target outcome response dependent dep"},
    {MW_WORD_SPEND,
     "spend spends spending spent cost costs expense expenses expenditure budget invest investment kosten "
     "ausgaben spendings werbekosten mediakosten coût coûts cout couts dépense dépenses depense depenses "
     "gasto gastos coste costes inversión inversion spesa spese costo costi investimento custo custos"},
    {MW_WORD_EXPOSURE,
     "impression impressions impr imps imp clicks click klicks klick views view reach grp grps trp trps "
     "sessions visits pageviews frequency opens sends engagements likes shares impresiones clics "
     "impressionen reichweite exposures plays completions"},
    {MW_WORD_MEDIUM | MW_WORD_BRAND,
     "tv television ctv ott fernsehen televisión télé tele ooh dooh outdoor billboard "
     "billboards print newspaper newspapers magazine magazines zeitung presse prensa "
     "radio cinema kino sponsorship sponsoring plakat"},
    {MW_WORD_BRAND, "brand branding awareness"},
    {MW_WORD_SEARCH, "search sem ppc suche brandsearch"},
    {MW_WORD_MEDIUM,
     "facebook fb instagram ig meta google adwords youtube yt bing tiktok snapchat snap pinterest linkedin "
     "twitter reddit amazon criteo taboola outbrain spotify podcast podcasts search sem ppc social "
     "video display affiliate affiliates affiliation programmatic retargeting remarketing shopping pmax "
     "influencer influencers native audio digital online_ads mail dm directmail catalog sms ads ad suche "
     "anzeigen whatsapp twitch quora dv360 ttd applovin banner media brandsearch"},
    {MW_WORD_CONTROL,
     "price prices pricing preis preise prix precio prezzo discount rabatt temperature temp temperatur "
     "weather "
     "wetter rain sunshine precipitation sentiment confidence unemployment inflation cpi gdp index covid "
     "mobility distribution stock inventory control controls control_var baseline interest seasonality "
     "stringency macro trend trends vix"},
    {MW_WORD_RIVAL,
     "competitor competitors competition competitive comp rival rivals wettbewerb wettbewerber konkurrenz "
     "concurrent concurrence competencia"},
    {MW_WORD_EVENT,
     "event events holiday holidays promo promos promotion promotions feiertag feiertage aktion aktionen "
     "blackfriday christmas easter launch strike lockdown campaign_flag sale_event flag dummy fête "
     "férié festivo"},
    {MW_WORD_GEO,
     "geo geos region regions dma dmas market markets city cities state states country countries location "
     "locations zip zipcode postcode postal territory province county store stores stadt bundesland land "
     "ville région ciudad región provincia città regione"},
    {MW_WORD_POPULATION, "population pop inhabitants einwohner households"},
    {MW_WORD_ORGANIC, "organic newsletter newsletters email emails crm seo organisch orgánico"},
    {MW_WORD_RATE, "per rate ctr cpc cpm cpa cpl roas roi average avg mean ratio share cvr pct percent"},
    {MW_WORD_VALUE_OF, "aov ltv clv"},
    {MW_WORD_TOTAL, "total sum gesamt summe totale all overall"},
    {MW_WORD_CHANNEL,
     "channel channels platform medium kanal canal canale network publisher vendor source plattform"},
    {MW_WORD_ID, "id index idx row nr no rownum"},
};

static struct mw_span without_digits(struct mw_span word)
{
    while (word.len > 1 && word.data[word.len - 1] >= '0' && word.data[word.len - 1] <= '9') {
        word.len--;
    }
    return word;
}

static bool list_has(const char *list, struct mw_span word)
{
    while (*list != '\0') {
        const size_t n = strcspn(list, " ");
        if (n == word.len && mw_text_abbreviates(word, list)) {
            return true;
        }
        list += n + strspn(list + n, " ");
    }
    return false;
}

static unsigned meaning_of(struct mw_span word)
{
    unsigned meaning = 0;
    for (size_t i = 0; i < sizeof vocabulary / sizeof vocabulary[0]; i++) {
        meaning |= list_has(vocabulary[i].words, without_digits(word)) ? vocabulary[i].meaning : 0;
    }
    return meaning;
}

/* Robyn's demo table made these endings common: spend, impressions, clicks (of paid media), baseline. */
static unsigned meaning_of_ending(struct mw_span word)
{
    static const struct {
        const char *ending;
        unsigned meaning;
    } endings[] = {
        {"s", MW_WORD_SPEND}, {"i", MW_WORD_EXPOSURE}, {"p", MW_WORD_EXPOSURE}, {"b", MW_WORD_CONTROL}};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (mw_text_is(word, endings[i].ending)) {
            return endings[i].meaning;
        }
    }
    return 0;
}

static bool has_phrase(const struct mw_span words[], size_t n, const char *const phrase[])
{
    for (size_t i = 0, matched = 0; i < n; i++) {
        matched = mw_text_is(words[i], phrase[matched]) ? matched + 1 : 0;
        if (phrase[matched] == NULL) {
            return true;
        }
    }
    return false;
}

/* Words that mean something together only. */
static unsigned meaning_of_phrases(const struct mw_span words[], size_t n)
{
    static const char *const out_of_home[] = {"out", "of", "home", NULL},
                             *const order_value[] = {"order", "value", NULL},
                             *const black_friday[] = {"black", "friday", NULL};
    return (has_phrase(words, n, out_of_home) ? (unsigned)(MW_WORD_MEDIUM | MW_WORD_BRAND) : 0) |
           (has_phrase(words, n, order_value) ? (unsigned)MW_WORD_VALUE_OF : 0) |
           (has_phrase(words, n, black_friday) ? (unsigned)MW_WORD_EVENT : 0);
}

static bool is_all_digits(struct mw_span word)
{
    return without_digits(word).len <= 1 && word.len > 0 && word.data[0] >= '0' && word.data[0] <= '9';
}

/* x1, m2, media_3, channel4: one such word with its number and nothing else. */
static bool is_numbered(const struct mw_span words[], size_t n)
{
    static const char *const stems[] = {"x", "m", "media", "channel", "ch", "medium", "kanal", NULL};
    const bool joined = n == 1 && without_digits(words[0]).len < words[0].len;
    const bool apart = n == 2 && is_all_digits(words[1]);
    return (joined || apart) && mw_text_find(without_digits(words[0]), stems) != SIZE_MAX;
}

unsigned mw_words_of(struct mw_span column)
{
    struct mw_span words[WORDS_MAX];
    const size_t n = mw_text_words(column, words, WORDS_MAX);
    unsigned meaning =
        meaning_of_phrases(words, n) | (is_numbered(words, n) ? (unsigned)MW_WORD_NUMBERED : 0);
    for (size_t i = 0; i < n; i++) {
        meaning |= meaning_of(words[i]);
    }
    return meaning | (n > 1 ? meaning_of_ending(words[n - 1]) : 0);
}

/* A sign stands outside the words, a code is one of them. */
struct mw_span mw_words_currency(struct mw_span column)
{
    static const char *const signs[] = {"$", "€", "£", "¥", "₹"};
    struct mw_span words[WORDS_MAX];
    const size_t n = mw_text_words(column, words, WORDS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct mw_span currency = words[i].len == 3 ? mw_currency_of(words[i]) : (struct mw_span){0};
        if (currency.len > 0) {
            return currency;
        }
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        for (size_t at = 0; at + strlen(signs[i]) <= column.len; at++) {
            if (memcmp(column.data + at, signs[i], strlen(signs[i])) == 0) {
                return mw_currency_of(mw_span(signs[i]));
            }
        }
    }
    return (struct mw_span){0};
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters of other alphabets become one '_' each. */
static void append_word(struct mw_span word, char *name, size_t *n)
{
    if (*n > 0 && *n < NAME_CHARS_MAX) {
        name[(*n)++] = '_';
    }
    for (size_t i = 0; i < word.len && *n < NAME_CHARS_MAX; i++) {
        const bool continues = ((unsigned char)word.data[i] & 0xc0) == 0x80;
        if (!continues) {
            name[(*n)++] = is_name_char(word.data[i]) ? word.data[i] : '_';
        }
    }
}

struct mw_span mw_words_name(struct mw_arena *arena, struct mw_span column, unsigned drop,
                             const char *fallback)
{
    struct mw_span words[WORDS_MAX];
    const size_t n_words = mw_text_words(column, words, WORDS_MAX);
    char name[NAME_CHARS_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < n_words; i++) {
        const unsigned meaning =
            meaning_of(words[i]) | (i > 0 && i + 1 == n_words ? meaning_of_ending(words[i]) : 0);
        const bool is_currency = words[i].len == 3 && mw_currency_of(words[i]).len > 0;
        if ((meaning & drop) == 0 && !(drop != 0 && is_currency)) {
            append_word(words[i], name, &n);
        }
    }
    return n == 0 ? mw_arena_copy(arena, mw_span(fallback)) : mw_arena_copy(arena, (struct mw_span){name, n});
}
