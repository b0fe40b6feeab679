use jiff::{
    Timestamp, ToSpan,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use std::fmt::{self, Display};

/// When hosts may begin: hours of some days of each week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days on which it opens; never empty.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: Time,
    /// When it closes: on the next day, where this is not later than `from`.
    pub to: Time,
    /// Where the clock hangs.
    pub zone: TimeZone,
}

impl Window {
    /// When it closes, where it is open now.
    pub fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        self.around(now)
            .filter(|(opens, closes)| *opens <= now && now < *closes)
            .map(|(_, closes)| closes)
            .max()
    }

    /// When it opens next.
    pub fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        self.around(now)
            .map(|(opens, _)| opens)
            .filter(|opens| *opens > now)
            .min()
    }

    /// From when to when it is open: of yesterday, today, and a week more.
    fn around(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = now.to_zoned_datetime(self.zone.clone()).date();
        (-1..=8).filter_map(move |days| {
            let date = today.checked_add(days.days()).ok()?;
            if !self.days.contains(&date.weekday()) {
                return None;
            }
            let last = if self.to <= self.from {
                date.tomorrow().ok()?
            } else {
                date
            };
            let at = |moment: jiff::civil::DateTime| moment.to_zoned_datetime(self.zone.clone()).ok();
            let (opens, closes) = (at(date.to_datetime(self.from))?, at(last.to_datetime(self.to))?);
            Some((opens.timestamp(), closes.timestamp()))
        })
    }
}

/// The names of the days, Monday first, as the inventory writes them.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Display for Window {
    /// `sat, sun 22:00-05:00 Europe/Berlin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: &Weekday| DAYS.into_iter().nth(usize::try_from(day.to_monday_zero_offset()).ok()?);
        let days: Vec<&str> = self.days.iter().filter_map(name).collect();
        let days = if days.len() == DAYS.len() {
            "daily".to_owned()
        } else {
            days.join(", ")
        };
        let time = |time: Time| time.strftime("%H:%M").to_string();
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(f, "{days} {}-{} {zone}", time(self.from), time(self.to))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn window(days: &[Weekday], from: i8, to: i8) -> Window {
        Window {
            days: days.to_vec(),
            from: Time::constant(from, 0, 0, 0),
            to: Time::constant(to, 0, 0, 0),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        // 2026-11-28 is a Saturday; Berlin is an hour ahead of UTC.
        let nights = window(&[Weekday::Saturday], 22, 5);
        assert_eq!(nights.closes(at("2026-11-28T20:59:59Z")), None);
        assert_eq!(
            nights.opens(at("2026-11-28T20:59:59Z")),
            Some(at("2026-11-28T21:00:00Z"))
        );
        assert_eq!(
            nights.closes(at("2026-11-28T21:00:00Z")),
            Some(at("2026-11-29T04:00:00Z"))
        );
        assert_eq!(
            nights.closes(at("2026-11-29T03:59:59Z")),
            Some(at("2026-11-29T04:00:00Z"))
        );
        assert_eq!(nights.closes(at("2026-11-29T04:00:00Z")), None);
        assert_eq!(
            nights.opens(at("2026-11-29T04:00:00Z")),
            Some(at("2026-12-05T21:00:00Z"))
        );
        assert_eq!(nights.to_string(), "sat 22:00-05:00 Europe/Berlin");
    }

    #[test]
    fn a_whole_day_has_an_end() {
        let sunday = window(&[Weekday::Sunday], 0, 0);
        assert_eq!(sunday.closes(at("2026-11-28T22:59:59Z")), None);
        assert_eq!(
            sunday.closes(at("2026-11-29T12:00:00Z")),
            Some(at("2026-11-29T23:00:00Z"))
        );
    }

    #[test]
    fn a_clock_that_is_put_forward_or_back_is_followed() {
        // In 2027, Berlin's clocks go from 2:00 to 3:00 on March 28, and from 3:00 to 2:00 on October 31: both Sundays.
        let nights = window(&[Weekday::Sunday], 1, 4);
        let long = |day: &str| {
            let opens = nights.opens(at(day)).unwrap();
            nights.closes(opens).unwrap().duration_since(opens).as_hours()
        };
        assert_eq!([long("2027-03-27T00:00:00Z"), long("2027-10-30T00:00:00Z")], [2, 4]);
        // A window that opens at an hour that is skipped opens all the same.
        let skipped = Window {
            from: Time::constant(2, 30, 0, 0),
            ..window(&[Weekday::Sunday], 1, 4)
        };
        assert_eq!(
            skipped.opens(at("2027-03-27T12:00:00Z")),
            Some(at("2027-03-28T01:30:00Z"))
        );
    }
}
