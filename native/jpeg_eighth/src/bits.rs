//! The coded data as bits: stuffed zeros taken out in pieces that stay in the processor's cache, markers found.

use crate::Refusal;

const PIECE: usize = 16 * 1024;
/// Bytes that the longest possible MCU takes (10 blocks of 64 coefficients of 31 bits), and what is looked at beyond it.
const MCU: usize = 2480 + 24;
const PACE: usize = 32; // bytes that are taken at once where none is 0xFF
const SPARE: usize = 16; // zeros after the end, so that there is always something to look at

/// A piece of the coded data without its stuffed zeros.
pub type Clean = [u8; PIECE + SPARE];

/// A place in the bits, with all of the next 64 of them.
///
/// Those behind them are kept at hand, too: reading them must not wait until it is known how many were used.
#[derive(Clone, Copy)]
pub struct Bits {
    pub ahead: u64,
    next: u64,
    at: usize,
}

impl Bits {
    fn new(at: usize, clean: &Clean) -> Option<Bits> {
        let mut made = Bits { ahead: 0, next: 0, at };
        made.ahead = word(clean, at / 8)? << (at & 7) | u64::from(*clean.get(at / 8 + 8)?) >> (8 - (at & 7));
        made.next = word(clean, at / 8 + 8)? << (at & 7);
        Some(made)
    }

    /// Go on by at most 56 bits, the low 6 bits of *used*; `None` far beyond the end.
    #[inline(always)]
    pub fn advance(&mut self, used: u32, clean: &Clean) -> Option<()> {
        self.ahead = self.ahead.wrapping_shl(used) | (self.next >> 1).wrapping_shr(!used);
        self.at += (used & 63) as usize;
        self.next = word(clean, self.at / 8 + 8)? << (self.at & 7);
        Some(())
    }
}

#[inline(always)]
fn word(clean: &Clean, at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(clean.get(at..at + 8)?.try_into().ok()?))
}

/// The coded data from one marker to the next.
pub struct Feed<'a> {
    file: &'a [u8],
    next: usize,
    pub clean: Box<Clean>,
    filled: usize,
    marker: Option<u8>,
    pub bits: Bits,
}

impl<'a> Feed<'a> {
    pub fn new(file: &'a [u8], start: usize) -> Feed<'a> {
        Feed {
            file,
            next: start,
            clean: Box::new([0; PIECE + SPARE]),
            filled: 0,
            marker: None,
            bits: Bits { ahead: 0, next: 0, at: 0 },
        }
    }

    /// See to it that the next MCU is there, or all that there is.
    #[inline(always)]
    pub fn prepare(&mut self) -> Result<(), Refusal> {
        if self.bits.at / 8 + MCU > self.filled && self.marker.is_none() {
            self.fill()?;
        }
        Ok(())
    }

    /// The segment must have been used to its last byte, and be followed by *marker*; what comes next is a new segment.
    pub fn end(&mut self, marker: u8) -> Result<(), Refusal> {
        while self.marker.is_none() {
            self.fill()?;
        }
        let left = (8 * self.filled).checked_sub(self.bits.at).ok_or(Refusal::Data)?;
        if left >= 8 || self.marker != Some(marker) {
            return Err(Refusal::Marker);
        }
        self.marker = None;
        self.filled = 0;
        self.bits = Bits { ahead: 0, next: 0, at: 0 };
        Ok(())
    }

    /// More bits were used than there are: the zeros behind the end.
    #[inline(always)]
    pub fn is_overdrawn(&self) -> bool {
        self.bits.at > 8 * self.filled
    }

    #[inline(never)]
    fn fill(&mut self) -> Result<(), Refusal> {
        let used = (self.bits.at / 8).min(self.filled);
        self.clean.copy_within(used..self.filled, 0);
        self.filled -= used;
        while self.filled + PACE <= PIECE {
            if let Some(bytes) = self.file.get(self.next..self.next + PACE) {
                self.clean[self.filled..self.filled + PACE].copy_from_slice(bytes);
                if bytes.iter().fold(false, |found, &byte| found | (byte == 0xFF)) {
                    // the first of them is found below
                } else {
                    self.next += PACE;
                    self.filled += PACE;
                    continue;
                }
            }
            let word = match self.file.get(self.next..self.next + 8) {
                Some(bytes) => <[u8; 8]>::try_from(bytes).unwrap_or([0xFF; 8]),
                None => {
                    self.few()?;
                    if self.marker.is_some() {
                        break;
                    }
                    continue;
                }
            };
            self.clean[self.filled..self.filled + 8].copy_from_slice(&word);
            let plain = before_ff(u64::from_le_bytes(word));
            self.next += plain;
            self.filled += plain;
            if plain < 8 {
                self.stuffed()?;
                if self.marker.is_some() {
                    break;
                }
            }
        }
        self.clean[self.filled..self.filled + SPARE].fill(0);
        self.bits = Bits::new(self.bits.at - 8 * used, &self.clean).ok_or(Refusal::Data)?;
        Ok(())
    }

    /// Near the end of the file: one byte.
    fn few(&mut self) -> Result<(), Refusal> {
        match self.file.get(self.next) {
            None => Err(Refusal::Data),
            Some(0xFF) => self.stuffed(),
            Some(&byte) => {
                self.clean[self.filled] = byte;
                self.filled += 1;
                self.next += 1;
                Ok(())
            }
        }
    }

    /// At 0xFF: a byte of that value when 0 follows, else a marker.
    fn stuffed(&mut self) -> Result<(), Refusal> {
        match self.file.get(self.next + 1) {
            None => return Err(Refusal::Data),
            Some(0) => {
                self.clean[self.filled] = 0xFF;
                self.filled += 1;
            }
            Some(0xFF) => return Err(Refusal::Marker),
            Some(&marker) => self.marker = Some(marker),
        }
        self.next += 2;
        Ok(())
    }
}

/// How many of the eight bytes in *word*, lowest first, come before the first 0xFF.
#[inline(always)]
fn before_ff(word: u64) -> usize {
    let zero = !word; // where 0xFF was
    let found = zero.wrapping_sub(0x0101_0101_0101_0101) & !zero & 0x8080_8080_8080_8080;
    (found.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that look like coded data, and the same without what is stuffed.
    fn coded(length: usize, seed: u32) -> (Vec<u8>, Vec<u8>) {
        let (mut stuffed, mut plain, mut state) = (Vec::new(), Vec::new(), seed);
        while plain.len() < length {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = if state >> 28 == 0 { 0xFF } else { (state >> 16) as u8 };
            plain.push(byte);
            stuffed.push(byte);
            if byte == 0xFF {
                stuffed.push(0);
            }
        }
        (stuffed, plain)
    }

    #[test]
    fn bits_come_out_as_they_went_in_whatever_the_steps() {
        for (length, seed) in [(1, 1), (7, 2), (8, 3), (33, 4), (PIECE, 5), (3 * PIECE + 11, 6), (100_000, 7)] {
            let (mut file, plain) = coded(length, seed);
            file.extend_from_slice(&[0xFF, 0xD9]);
            let mut feed = Feed::new(&file, 0);
            let (mut at, mut step) = (0, 0);
            while at < 8 * plain.len() {
                feed.prepare().unwrap();
                let expected = plain[at / 8] >> (7 - at % 8) & 1;
                assert_eq!(feed.bits.ahead >> 63, u64::from(expected), "{length} {at}");
                step = (step * 7 + 3) % 57;
                let used = step.min((8 * plain.len() - at) as u32);
                feed.bits.advance(used, &feed.clean).unwrap();
                at += used as usize;
            }
            assert!(!feed.is_overdrawn());
            feed.end(0xD9).unwrap();
        }
    }

    #[test]
    fn what_is_left_over_or_missing_or_another_marker_is_refused() {
        let cases: [(&[u8], u32, Result<(), Refusal>); 7] = [
            (&[0x12, 0xFF, 0xD9], 1, Ok(())),
            (&[0x12, 0xFF, 0xD9], 0, Err(Refusal::Marker)),
            (&[0x12, 0xFF, 0xD9], 9, Err(Refusal::Data)),
            (&[0x12, 0xFF, 0xD8], 8, Err(Refusal::Marker)),
            (&[0x12, 0xFF, 0xFF, 0xD9], 8, Err(Refusal::Marker)),
            (&[0x12, 0x34], 16, Err(Refusal::Data)),
            (&[0x12, 0xFF], 8, Err(Refusal::Data)),
        ];
        for (file, used, expected) in cases {
            let mut feed = Feed::new(file, 0);
            let ended = feed.prepare().and_then(|()| {
                feed.bits.advance(used, &feed.clean).ok_or(Refusal::Data)?;
                feed.end(0xD9)
            });
            assert_eq!(ended, expected, "{file:?} {used}");
        }
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let file = [0xFF, 0xD9];
        let mut feed = Feed::new(&file, 0);
        feed.prepare().unwrap();
        let steps = (0..10_000).take_while(|_| feed.bits.advance(56, &feed.clean).is_some()).count();
        assert!(steps < 10_000 && feed.is_overdrawn());
    }
}
