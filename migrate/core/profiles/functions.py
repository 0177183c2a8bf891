"""The SQL functions that a profile may call: scalar, without side effects, the same everywhere.

Left out of DuckDB's scalar functions are those that read the clock, chance, settings, sequences,
files or the catalogue, those that take lambdas, and those whose answer depends on the machine's
time zone.
"""

_OF_TEXT = """
    ascii bar base64 bin bit_length char_length character_length chr coalesce concat concat_ws
    contains damerau_levenshtein decode editdist3 encode ends_with format from_base64 from_hex
    greatest hamming hex if ifnull instr is_date is_number jaccard jaro_similarity
    jaro_winkler_similarity lcase least left left_grapheme len length length_grapheme levenshtein
    lower lpad ltrim md5 mismatches nfc_normalize nullif octet_length ord overlay parse_dirname
    parse_filename parse_path position prefix printf regexp_escape regexp_extract
    regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array
    repeat replace reverse right right_grapheme rpad rtrim sha1 sha256 split split_part
    starts_with str_split str_split_regex string_split string_split_regex string_to_array
    strip_accents strlen strpos substr substring substring_grapheme suffix to_base to_base64
    to_hex translate trim ucase unhex unicode upper url_decode url_encode
"""
_OF_NUMBERS = """
    abs add cbrt ceil ceiling divide even exp factorial fdiv floor fmod gcd isfinite isinf isnan
    lcm ln log log10 log2 mod multiply pi pow power round round_even sign sqrt subtract trunc xor
"""
_OF_DATES = """
    century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc
    day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms era hour isodow
    isoyear julian last_day make_date make_time make_timestamp microsecond millisecond minute
    month monthname quarter second strftime strptime time_bucket to_days to_hours to_minutes
    to_months to_seconds to_weeks to_years try_strptime week weekday weekofyear year yearweek
"""
_OF_LISTS = """
    array_contains array_extract array_has array_length array_position array_slice array_to_string
    element_at json_array_length json_contains json_exists json_extract json_extract_path
    json_extract_path_text json_extract_string json_keys json_type json_valid json_value
    list_concat list_contains list_distinct list_element list_extract list_has list_position
    list_reverse list_slice list_sort list_value struct_extract
"""
_BEFORE_BRACKETS = """
    and or not in is like ilike similar to glob between case when then else escape distinct from
    cast try_cast extract interval decimal numeric varchar char text
"""

ALLOWED = frozenset((_OF_TEXT + _OF_NUMBERS + _OF_DATES + _OF_LISTS).split())
GRAMMAR = frozenset(_BEFORE_BRACKETS.split())
