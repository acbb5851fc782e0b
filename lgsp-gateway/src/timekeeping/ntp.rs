//! The packet of a time server (RFC 5905 §7.3), as far as a client of one question needs it.

use clock::Timestamp;

/// The length of a packet without extensions, in bytes.
pub(super) const PACKET: usize = 48;

/// Seconds from 1900-01-01, where the time of the protocol begins, to 1970-01-01.
const UNIX_EPOCH: i64 = 2_208_988_800;
/// No leap warning, version 4, client.
const CLIENT: u8 = 0b00_100_011;
/// What a server says that has no time to give.
const UNSYNCHRONIZED: u8 = 0b11;
/// The mode of an answer.
const SERVER: u8 = 4;
/// The highest stratum of a server that has the time.
const LAST_STRATUM: u8 = 15;

/// A moment in 32.32 bits of seconds since 1900. It wraps every 136 years, so only differences mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) u64);

impl Moment {
    pub(super) fn of(moment: Timestamp) -> Self {
        let (seconds, micros) = (moment.micros().div_euclid(1_000_000), moment.micros().rem_euclid(1_000_000));
        let seconds = seconds.saturating_add(UNIX_EPOCH).rem_euclid(1 << 32);
        let fraction = (micros << 32) / 1_000_000;
        Self(seconds.cast_unsigned() << 32 | fraction.cast_unsigned())
    }

    /// How long after `earlier` it is, in microseconds; negative when it is before.
    pub(super) fn micros_since(self, earlier: Self) -> i64 {
        let difference = i128::from(self.0.wrapping_sub(earlier.0).cast_signed());
        i64::try_from(difference.saturating_mul(1_000_000) >> 32).unwrap_or(i64::MAX)
    }
}

/// A question. What would be our time is chance: an answer must repeat it, and nobody else needs to know our time.
pub(super) fn question(cookie: [u8; 8]) -> [u8; PACKET] {
    let mut packet = [0; PACKET];
    let (head, transmit) = packet.split_at_mut(PACKET - cookie.len());
    head.iter_mut().zip([CLIENT]).for_each(|(to, from)| *to = from);
    transmit.copy_from_slice(&cookie);
    packet
}

/// What a server that has the time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// When the question came.
    pub(super) received: Moment,
    /// When the answer left.
    pub(super) sent: Moment,
    /// How far the server may itself be from the time, in microseconds: half its delay and its dispersion (§11.2, root
    /// distance).
    pub(super) distance: i64,
}

/// Reads an answer to the question of this cookie; `None` for whatever is none: another's answer, a server that has no time,
/// a kiss of death.
pub(super) fn answer(packet: &[u8], cookie: [u8; 8]) -> Option<Answer> {
    let [flags, stratum, _poll, _precision] = *packet.first_chunk::<4>()?;
    let (leap, version, mode) = (flags >> 6, flags >> 3 & 0b111, flags & 0b111);
    let has_time = leap != UNSYNCHRONIZED && (1..=LAST_STRATUM).contains(&stratum);
    let origin = packet.get(24..32)?;
    if mode != SERVER || !(3..=4).contains(&version) || !has_time || origin != cookie {
        return None;
    }
    let sent = moment(packet, 40).filter(|sent| sent.0 != 0)?;
    let distance = short(packet, 4)? / 2 + short(packet, 8)?;
    Some(Answer { received: moment(packet, 32)?, sent, distance })
}

fn moment(packet: &[u8], at: usize) -> Option<Moment> {
    packet.get(at..)?.first_chunk::<8>().map(|bytes| Moment(u64::from_be_bytes(*bytes)))
}

/// A length of time in 16.16 bits of seconds, in microseconds.
fn short(packet: &[u8], at: usize) -> Option<i64> {
    let bytes = packet.get(at..)?.first_chunk::<4>()?;
    Some((i64::from(u32::from_be_bytes(*bytes)) * 1_000_000) >> 16)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An answer as a good server of stratum 2 makes it.
    pub(in super::super) fn made(question: &[u8], received: Timestamp, sent: Timestamp) -> [u8; PACKET] {
        let mut packet = [0; PACKET];
        packet[0] = 0b00_100_100;
        packet[1] = 2;
        packet[24..32].copy_from_slice(&question[40..48]);
        packet[32..40].copy_from_slice(&Moment::of(received).0.to_be_bytes());
        packet[40..48].copy_from_slice(&Moment::of(sent).0.to_be_bytes());
        packet
    }

    const COOKIE: [u8; 8] = [7; 8];

    #[test]
    fn a_question_is_a_client_s_packet_and_tells_nothing_of_our_time() {
        let packet = question(COOKIE);
        assert_eq!((packet[0], &packet[1..40], &packet[40..]), (0x23, &[0; 39][..], &COOKIE[..]));
    }

    #[test]
    fn time_is_counted_from_1900_and_over_the_end_of_its_first_era() {
        let known = Moment::of(Timestamp::from_micros(1_500_000));
        assert_eq!(known.0, 2_208_988_801 << 32 | 1 << 31);
        // The first era ends on 2036-02-07T06:28:16Z.
        let end = Timestamp::from_seconds(2_085_978_496);
        assert_eq!(Moment::of(end).0, 0);
        let before = Timestamp::from_micros(end.micros() - 2_500_000);
        assert_eq!(Moment::of(end).micros_since(Moment::of(before)), 2_500_000);
        assert_eq!(Moment::of(before).micros_since(Moment::of(end)), -2_500_000);
    }

    #[test]
    fn only_an_answer_to_this_question_of_a_server_that_has_the_time_counts() {
        let now = Timestamp::from_micros(1_795_219_200_123_456);
        let good = made(&question(COOKIE), now, now);
        assert_eq!(answer(&good, COOKIE).map(|answer| answer.sent), Some(Moment::of(now)));
        let changed = |at: usize, byte: u8| {
            let mut packet = good;
            packet[at] = byte;
            answer(&packet, COOKIE)
        };
        assert!(changed(0, 0b00_011_100).is_some(), "version 3 answers too");
        for (what, at, byte) in [
            ("not synchronized", 0, 0b11_100_100),
            ("a client's packet", 0, 0b00_100_011),
            ("another version", 0, 0b00_010_100),
            ("a kiss of death", 1, 0),
            ("no time", 1, 16),
            ("another question's", 24, 0),
        ] {
            assert_eq!(changed(at, byte), None, "{what}");
        }
        let mut silent = good;
        silent[40..].fill(0);
        assert_eq!(answer(&silent, COOKIE), None, "no time of sending");
        for length in 0..PACKET {
            assert_eq!(answer(&good[..length], COOKIE), None, "{length} bytes");
        }
    }

    #[test]
    fn a_server_says_how_far_it_may_be_off() {
        let mut packet = made(&question(COOKIE), Timestamp::from_seconds(1), Timestamp::from_seconds(1));
        packet[4..8].copy_from_slice(&(1_u32 << 16).to_be_bytes());
        packet[8..12].copy_from_slice(&(1_u32 << 15).to_be_bytes());
        assert_eq!(answer(&packet, COOKIE).unwrap().distance, 1_000_000);
    }
}
