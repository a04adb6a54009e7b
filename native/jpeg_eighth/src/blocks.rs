//! Blocks out of bits: the DC coefficient and what follows it, skipped or put together to 2 x 2 samples.

use crate::bits::{Bits, Clean};
use crate::huffman::{extended, Code, Coefficients, Symbol, ENDED, GLANCE, WINDOW};
use crate::Refusal;

/// The largest value of a coefficient that pixels of 8 bits can have, twice over; within it libjpeg's C code and its
/// vector code, which computes in 16 bits, give the same.
const LARGEST: i32 = 2047;
/// The odd half of the transform, for rows and columns 1, 3, 5 and 7, in units of 2^-13.
const ODD: [i32; 4] = [29692, -10426, 6967, -5906];

/// Where each coefficient in zigzag order goes: rows and columns 0, 1, 3, 5, 7 count for 2 x 2 samples, 8 to a row.
const NOWHERE: u8 = 255;
const PLACES: [u8; 64] = places();

const fn places() -> [u8; 64] {
    const KEPT: [u8; 8] = [0, 1, NOWHERE, 2, NOWHERE, 3, NOWHERE, 4];
    let mut made = [NOWHERE; 64];
    let (mut row, mut column, mut at) = (0usize, 0usize, 0);
    while at < 64 {
        if KEPT[row] != NOWHERE && KEPT[column] != NOWHERE {
            made[at] = KEPT[row] * 8 + KEPT[column];
        }
        if (row + column) % 2 == 0 {
            if column == 7 {
                row += 1;
            } else if row == 0 {
                column += 1;
            } else {
                row -= 1;
                column += 1;
            }
        } else if row == 7 {
            column += 1;
        } else if column == 0 {
            row += 1;
        } else {
            row += 1;
            column -= 1;
        }
        at += 1;
    }
    made
}

/// What one coefficient does to 2 x 2 samples.
#[derive(Clone, Copy)]
struct Share {
    /// Which sum of its column it goes into: 0 to 4 for the first row, 5 to 9 for the others.
    sum: u8,
    /// Times what, in units of 2^-13, its step included.
    factor: i32,
    /// The largest value it may have.
    limit: u16,
}

/// The shares of all coefficients in zigzag order, by their steps.
fn shares(steps: &[u16; 64]) -> [Share; 64] {
    let mut made = [Share { sum: 0, factor: 0, limit: u16::MAX }; 64];
    for ((share, &place), &step) in made.iter_mut().zip(&PLACES).zip(steps) {
        if place == NOWHERE {
            continue;
        }
        let (row, column) = (usize::from(place) / 8, place % 8);
        share.limit = LARGEST as u16 / step.max(1);
        share.sum = if row == 0 { column } else { 5 + column };
        // where the step is so large that nothing but 0 is allowed, the factor does not matter
        share.factor = i32::from(step.min(LARGEST as u16)) * [1 << 15, ODD[0], ODD[1], ODD[2], ODD[3]][row];
    }
    made
}

/// What a component needs to know to decode its blocks.
pub struct Coder<'a> {
    dc: &'a Code,
    ac: &'a Coefficients,
    /// The DC of the block before, and its step.
    before: i32,
    step: i32,
    shares: [Share; 64],
}

impl<'a> Coder<'a> {
    pub fn new(dc: &'a Code, ac: &'a Coefficients, steps: &[u16; 64]) -> Coder<'a> {
        Coder { dc, ac, before: 0, step: i32::from(steps[0]), shares: shares(steps) }
    }

    /// After a restart marker.
    pub fn restart(&mut self) {
        self.before = 0;
    }

    /// The one sample of a block: its mean.
    #[inline(never)] // with all registers to itself it is faster
    pub fn one(&mut self, bits: &mut Bits, clean: &Clean) -> Result<u8, Refusal> {
        let mut here = *bits;
        let dc = self.dc(&mut here, clean)?;
        skip(&mut here, clean, self.ac)?;
        *bits = here;
        Ok(limited((dc + 4) >> 3))
    }

    /// The four samples of a block, left to right and down.
    #[inline(never)]
    pub fn four(&mut self, bits: &mut Bits, clean: &Clean) -> Result<[u8; 4], Refusal> {
        let mut here = *bits;
        let dc = self.dc(&mut here, clean)?;
        let mut sums = [0; 16];
        let is_flat = gather(&mut here, clean, self.ac, &self.shares, &mut sums)?;
        *bits = here;
        if is_flat {
            return Ok([limited((dc + 4) >> 3); 4]);
        }
        sums[0] = dc << 15;
        reduced(&sums)
    }

    #[inline(always)]
    fn dc(&mut self, bits: &mut Bits, clean: &Clean) -> Result<i32, Refusal> {
        let (length, size) = self.dc.look(bits.ahead);
        if length == 0 {
            return Err(Refusal::Data);
        }
        let size = u32::from(size);
        let difference = extended(bits.ahead << length, size);
        bits.advance(length + size, clean).ok_or(Refusal::Data)?;
        self.before = self.before.wrapping_add(difference);
        let found = i64::from(self.before) * i64::from(self.step);
        if found.abs() > i64::from(LARGEST) {
            return Err(Refusal::Value);
        }
        Ok(found as i32)
    }
}

#[inline(always)]
fn limited(sample: i32) -> u8 {
    (sample + 128).clamp(0, 255) as u8
}

/// Go to the end of a block.
#[inline(always)]
fn skip(bits: &mut Bits, clean: &Clean, code: &Coefficients) -> Result<(), Refusal> {
    let mut sum = 1 << 8; // the place of the next coefficient, and in the low byte the bits that were used
    loop {
        let (mut ahead, mut before) = (bits.ahead, 0);
        for _ in 0..4 {
            before = sum;
            let step = u32::from(code.skip[(ahead >> (64 - WINDOW)) as usize]);
            ahead = ahead.wrapping_shl(step); // by its low 6 bits
            sum += step;
            if sum >= 64 << 8 {
                break;
            }
        }
        let place = sum >> 8;
        if place <= 64 || (place > ENDED && place < ENDED + 64) {
            bits.advance(sum, clean).ok_or(Refusal::Data)?;
            if place >= 64 {
                return Ok(());
            }
            sum &= !255;
            continue;
        }
        // too long a code for the window, or some of the window belongs to the next block
        bits.advance(before, clean).ok_or(Refusal::Data)?;
        match code.look(bits.ahead) {
            Some(Symbol::Step { length, size, places }) if (before >> 8) + places <= 64 => {
                bits.advance(length + size, clean).ok_or(Refusal::Data)?;
                sum = (before & !255) + (places << 8);
            }
            Some(Symbol::End { length }) => {
                bits.advance(length, clean).ok_or(Refusal::Data)?;
                return Ok(());
            }
            _ => return Err(Refusal::Data),
        }
        if sum == 64 << 8 {
            return Ok(());
        }
    }
}

/// Take what the coefficients of a block do into *sums*; true where there is none but the DC.
#[inline(always)]
fn gather(
    bits: &mut Bits,
    clean: &Clean,
    code: &Coefficients,
    shares: &[Share; 64],
    sums: &mut [i32; 16],
) -> Result<bool, Refusal> {
    let mut add = |place: u32, value: i32| {
        let share = shares[place as usize & 63];
        let sum = &mut sums[usize::from(share.sum & 15)];
        *sum = sum.wrapping_add(value.wrapping_mul(share.factor));
        value.unsigned_abs() > u32::from(share.limit)
    };
    let mut too_large = false;
    let mut last = 0; // the place of the coefficient before, and in the low byte the bits that were used
    loop {
        let mut ahead = bits.ahead;
        let mut seen = 0;
        for _ in 0..5 {
            seen = code.value[(ahead >> (64 - GLANCE)) as usize];
            ahead = ahead.wrapping_shl(seen); // by its low 6 bits
            last += seen & 0xFFFF;
            if last >= 63 << 8 || seen == 0 {
                break;
            }
            too_large |= add(last >> 8, seen as i32 >> 16);
        }
        bits.advance(last, clean).ok_or(Refusal::Data)?;
        last &= !255;
        if seen == 0 {
            match code.look(bits.ahead).ok_or(Refusal::Data)? {
                Symbol::Step { length, size, places } => {
                    last += places << 8;
                    if last >= 64 << 8 {
                        return Err(Refusal::Data);
                    }
                    too_large |= add(last >> 8, extended(bits.ahead << length, size));
                    bits.advance(length + size, clean).ok_or(Refusal::Data)?;
                }
                Symbol::End { length } => {
                    last += ENDED << 8;
                    bits.advance(length, clean).ok_or(Refusal::Data)?;
                }
            }
        } else if last == 63 << 8 {
            too_large |= add(63, seen as i32 >> 16);
        }
        if last >= 63 << 8 {
            break;
        }
    }
    if too_large {
        return Err(Refusal::Value);
    }
    if last > 63 << 8 && last < ENDED << 8 {
        return Err(Refusal::Data);
    }
    Ok(last == ENDED << 8)
}

/// The cosine transform back to 2 x 2 samples, in the whole numbers libjpeg does it in: scaled by 2^13, columns first.
#[inline(always)]
fn reduced(sums: &[i32; 16]) -> Result<[u8; 4], Refusal> {
    let mut above = [0i32; 5];
    let mut below = [0i32; 5];
    for column in 0..5 {
        above[column] = (sums[column] + sums[5 + column] + (1 << 12)) >> 13;
        below[column] = (sums[column] - sums[5 + column] + (1 << 12)) >> 13;
    }
    let mut found = [0; 4];
    for (row, out) in [above, below].iter().zip(found.chunks_exact_mut(2)) {
        let even = row[0] << 15;
        let odd = row[1] * ODD[0] + row[2] * ODD[1] + row[3] * ODD[2] + row[4] * ODD[3];
        for (sample, sum) in out.iter_mut().zip([even + odd, even - odd]) {
            let value = (sum + (1 << 19)) >> 20;
            if !(-512..512).contains(&value) {
                return Err(Refusal::Value); // here libjpeg's C code wraps around
            }
            *sample = limited(value);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_zigzag() {
        assert_eq!(PLACES[..6], [0, 1, 8, NOWHERE, 9, NOWHERE]); // (0,0) (0,1) (1,0) (2,0) (1,1) (0,2)
        assert_eq!(PLACES[63], 4 * 8 + 4);
        assert_eq!(PLACES.iter().filter(|&&place| place != NOWHERE).count(), 25);
    }

    #[test]
    fn a_flat_block_gives_its_mean_four_times() {
        for dc in -2047..=2047 {
            let mut sums = [0; 16];
            sums[0] = dc << 15;
            if let Ok(found) = reduced(&sums) {
                assert_eq!(found, [limited((dc + 4) >> 3); 4]);
            }
        }
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let made = shares(&[1; 64]);
        for signs in 0..1u32 << 10 {
            let mut sums = [0i32; 16];
            for share in &made {
                let sign = if signs >> share.sum & 1 == 0 { 1 } else { -1 };
                sums[usize::from(share.sum)] += sign * share.factor.abs() * i32::from(share.limit.min(2047));
            }
            let _ = reduced(&sums); // arithmetic is checked here
        }
    }
}
