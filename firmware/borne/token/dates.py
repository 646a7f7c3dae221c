"""Calendar days as RFC 3339 full-date text, which compares in order; the day and time of a unix time.

A counter's day and time are in borne.token.time_zone."""

if False:  # for types only
    from typing import TypeGuard

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_digits(value: str) -> bool:
    """True if `value` is one or more ASCII digits: str.isdigit takes other scripts' too."""
    for character in value:
        if not "0" <= character <= "9":
            return False
    return len(value) > 0


def is_date(value: object) -> "TypeGuard[str]":
    """True if `value` is a real day, "YYYY-MM-DD"."""
    if not _is_shaped(value):
        return False
    year, month, day = int(value[:4]), int(value[5:7]), int(value[8:])
    if not 1 <= month <= 12 or day < 1:
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _MONTH_DAYS[month - 1] + leap


def is_birth_date(value: object) -> "TypeGuard[str]":
    """True for a day as it stands on a card: unknown parts are 00, and lunar days need not exist."""
    return _is_shaped(value) and int(value[5:7]) <= 12 and int(value[8:]) <= 31


def unix_time(text: object) -> int | None:
    """The unix seconds of "YYYY-MM-DDTHH:MM:SSZ", the only form of TUF (4.2.1); None for anything else."""
    if not isinstance(text, str) or len(text) != 20 or not is_date(text[:10]):
        return None
    if text[10] + text[13] + text[16] + text[19] != "T::Z":
        return None
    if not is_digits(text[11:13] + text[14:16] + text[17:19]):
        return None
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if hour > 23 or minute > 59 or second > 59:
        return None
    days = day_number(int(text[:4]), int(text[5:7]), int(text[8:10]))
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def day_number(year: int, month: int, day: int) -> int:
    """The days from 1970-01-01 to a day: the inverse of day_of."""
    year -= month < 3
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719468


def day_of(seconds: int) -> str:
    """The UTC day of a unix time, "YYYY-MM-DD"."""
    # Days to civil date: era of 400 years, year from 1 March, so that the leap day comes last.
    days = seconds // 86400 + 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return "%04d-%02d-%02d" % (year + era * 400 + (month <= 2), month, day)


def time_of(seconds: int) -> str:
    """The UTC time of day of a unix time, "HH:MM"."""
    minutes = seconds // 60
    return "%02d:%02d" % (minutes // 60 % 24, minutes % 60)


def age_on(day: str, birth_date: str) -> int:
    """Whole years from `birth_date` (unknown parts count as the last possible day) to `day`."""
    month_day = birth_date[5:]
    if birth_date[5:7] == "00":
        month_day = "12-31"
    elif birth_date[8:] == "00":
        month_day = birth_date[5:7] + "-31"
    return int(day[:4]) - int(birth_date[:4]) - (day[5:] < month_day)


def _is_shaped(value: object) -> "TypeGuard[str]":
    if not isinstance(value, str) or len(value) != 10 or value[4] != "-" or value[7] != "-":
        return False
    return is_digits(value[:4]) and is_digits(value[5:7]) and is_digits(value[8:])
