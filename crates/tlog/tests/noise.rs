//! Whatever bytes come from outside, the readers of the formats answer, and what they accept they would have written.

use proptest::prelude::*;
use tlog::{Bundle, Checkpoint, Entries, Evidence, Line, Verifier, line, tile::TilePath};

const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

proptest! {
    #[test]
    fn bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bundle = Vec::new();
        for entry in Entries::of(&bytes).map_while(Result::ok) {
            prop_assert!(tlog::entries::push(&mut bundle, entry).is_ok());
        }
        prop_assert!(bytes.starts_with(&bundle));
        prop_assert!(Line::parse(&bytes).is_none());
        let _ = Evidence::decode(&bytes);
    }

    #[test]
    fn texts_are_read_or_refused(text in "\\PC{0,80}(\n\\PC{0,40}){0,5}\n?") {
        if let Some(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.text(), text.clone());
        }
        prop_assert!(Bundle::decode(&text).is_err());
        prop_assert!(Verifier::parse(&text).is_err());
        prop_assert!(Verifier::parse(KEY).is_ok_and(|verifier| verifier.open(&text).is_err()));
    }

    #[test]
    fn names_of_tiles_have_one_form(text in "tile/([0-9]{1,2}|entries)/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Some(tile) = TilePath::parse(&text) {
            prop_assert_eq!(tile.to_string(), text);
        }
    }

    #[test]
    fn a_note_with_any_change_is_refused(at in any::<prop::sample::Index>(), with in any::<char>()) {
        let letters: Vec<char> = NOTE.chars().collect();
        let at = at.index(letters.len());
        let changed: String = letters.iter().enumerate().map(|(place, letter)| if place == at { with } else { *letter }).collect();
        prop_assume!(changed != NOTE);
        prop_assert!(Verifier::parse(KEY).is_ok_and(|verifier| verifier.open(&changed).is_err()));
    }

    #[test]
    fn an_entry_is_read_as_it_was_written(index in any::<u64>(), previous in any::<[u8; 32]>(), rest in "\\PC{0,60}") {
        let Some(previous) = tlog::Hash::from_slice(&previous) else { return Ok(()) };
        let mut entry = Vec::new();
        line::head(&mut entry, index, &previous);
        entry.extend_from_slice(br#""kind":"opened","id":"01a9ff00-0000-7000-8000-000000000000""#);
        entry.extend_from_slice(rest.as_bytes());
        let read = Line::parse(&entry);
        prop_assert!(read.is_some_and(|line| line.index == index && line.previous == previous));
    }
}
