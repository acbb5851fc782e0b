//! The state of a log as text (C2SP `tlog-checkpoint`): origin, size, root.

use crate::hash::Hash;

/// The text of a checkpoint, to be signed as a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Hash,
    /// Further lines, opaque. Ours have none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The text, every line with its line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text; `None` unless it is the one form of a checkpoint.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty())?.to_owned();
        let digits = lines.next()?;
        let size: u64 = digits.parse().ok()?;
        let root = Hash::from_base64(lines.next()?)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let canonical = size.to_string() == digits && extensions.iter().all(|line| !line.is_empty());
        canonical.then_some(Self { origin, size, root, extensions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_reads_and_prints() {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = Checkpoint::parse(text).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.text(), text);
        let extended = format!("{text}anything\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().text(), extended);
    }

    #[test]
    fn another_form_of_a_checkpoint_is_refused() {
        let good = "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert!(Checkpoint::parse(good).is_some());
        for (from, to) in [("o\n", "\n"), ("\n1\n", "\n01\n"), ("\n1\n", "\n+1\n"), ("\n1\n", "\n\n"), ("2I=\n", "2I=")]
        {
            assert_eq!(Checkpoint::parse(&good.replacen(from, to, 1)), None, "{to:?}");
        }
        assert_eq!(Checkpoint::parse(&format!("{good}\n")), None);
        assert_eq!(Checkpoint::parse(""), None);
    }
}
