//! PKCS#7 padding, taken off without saying by the time it takes what was wrong with it.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};

/// The block of AES, in bytes.
pub(crate) const BLOCK: usize = 16;

/// How many bytes of the last block are padding (RFC 5652 §6.3), and whether they are well formed. Every block costs the
/// same, whatever is in it; of a malformed one 0 bytes are padding.
pub(crate) fn padding(last: &[u8; BLOCK]) -> (u8, Choice) {
    let [.., length] = *last;
    let mut sound = !length.ct_eq(&0) & !length.ct_gt(&16);
    for (from_end, byte) in (0_u8..).zip(last.iter().rev()) {
        let belongs = length.ct_gt(&from_end);
        sound &= !belongs | byte.ct_eq(&length);
    }
    (u8::conditional_select(&0, &length, sound), sound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain way to say what padding is.
    fn naive(last: &[u8; BLOCK]) -> Option<u8> {
        let length = last[15];
        let fits = (1..=16).contains(&length);
        (fits && last[16 - usize::from(length)..].iter().all(|byte| *byte == length)).then_some(length)
    }

    #[test]
    fn every_length_of_padding_is_known() {
        for length in 1..=16_u8 {
            let mut block = [0xA5; BLOCK];
            block[16 - usize::from(length)..].fill(length);
            let (found, sound) = padding(&block);
            assert!(bool::from(sound) && found == length, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_block_is_judged_as_the_plain_way_does(mut block: [u8; BLOCK], length in 0..20_u8, wrong in 0..16_usize) {
            let from = 16_usize.saturating_sub(usize::from(length));
            block[from..].fill(length);
            let (found, sound) = padding(&block);
            prop_assert_eq!(bool::from(sound).then_some(found), naive(&block));
            block[wrong] ^= 1;
            let (found, sound) = padding(&block);
            prop_assert_eq!(bool::from(sound).then_some(found), naive(&block));
        }
    }
}
