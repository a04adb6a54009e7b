//! Huffman codes as tables: of one symbol, of one coefficient with its value, and of several that are skipped.

/// Bits of a window onto several coefficients that are skipped at once: 4 windows go into what can be used at once.
pub const WINDOW: u32 = 13;
/// Bits of a window onto one coefficient with its value.
pub const GLANCE: u32 = 10;
const FIRST: u32 = 9; // bits of a window onto the code of one symbol

/// In what is added to the place in a block: the block has ended.
pub const ENDED: u32 = 128;
/// … or this window tells nothing, and one symbol must be looked at by itself.
const UNKNOWN: u32 = 192;

/// A code: which symbol which bits stand for.
#[derive(Clone)]
pub struct Code {
    /// By length: the first code that is longer, left-aligned in 16 bits; and what leads from a code to its symbol.
    limits: [u32; 17],
    offsets: [i32; 17],
    symbols: [u8; 256],
    /// Length and symbol by the first bits; length 0 where the code is longer.
    first: [(u8, u8); 1 << FIRST],
}

impl Default for Code {
    fn default() -> Self {
        Code { limits: [0; 17], offsets: [0; 17], symbols: [0; 256], first: [(0, 0); 1 << FIRST] }
    }
}

impl Code {
    /// From the number of codes of each length, and the symbols in order; `None` where the lengths are no prefix code.
    pub fn new(counts: &[u8], symbols: &[u8]) -> Option<Code> {
        let mut made = Code::default();
        let (mut next, mut seen) = (0u32, 0usize);
        for (length, &count) in (1..=16).zip(counts) {
            let count = usize::from(count);
            made.offsets[length] = seen as i32 - next as i32;
            next += count as u32;
            seen += count;
            // a code of ones only is not allowed (T.81, C.2); like libjpeg, mind only lengths that have a symbol
            if count > 0 && next >= 1 << length {
                return None;
            }
            made.limits[length] = next << (16 - length);
            next <<= 1;
        }
        made.symbols.get_mut(..seen)?.copy_from_slice(symbols.get(..seen)?);
        let first = made.table(FIRST);
        made.first.copy_from_slice(&first);
        Some(made)
    }

    /// Length and symbol of the code in front of *bits*, length 0 for none.
    #[inline(always)]
    pub fn look(&self, bits: u64) -> (u32, u8) {
        let (length, symbol) = self.first[(bits >> (64 - FIRST)) as usize];
        if length != 0 {
            return (u32::from(length), symbol);
        }
        self.search((bits >> 48) as u32)
    }

    /// The same by going through the lengths; *window* is the first 16 bits.
    fn search(&self, window: u32) -> (u32, u8) {
        for length in 1..=16 {
            if window < self.limits[length] {
                let code = (window >> (16 - length)) as i32;
                let symbol = self.symbols[(code + self.offsets[length]) as usize & 255];
                return (length as u32, symbol);
            }
        }
        (0, 0)
    }

    /// Length and symbol for all windows of *bits* bits, length 0 where the code is longer.
    fn table(&self, bits: u32) -> Vec<(u8, u8)> {
        let mut found = vec![(0, 0); 1 << bits];
        let mut window = 0usize;
        while window < found.len() {
            let (length, symbol) = self.search((window as u32) << (16 - bits));
            if length == 0 || length > bits {
                window += 1;
                continue;
            }
            let end = window + (1 << (bits - length));
            found[window..end].fill((length as u8, symbol));
            window = end;
        }
        found
    }

    /// Only lengths of 0 to 15 bits follow the codes of DC differences.
    pub fn is_of_lengths(&self) -> bool {
        self.symbols.iter().all(|&symbol| symbol < 16)
    }
}

/// The code of the other coefficients.
pub struct Coefficients {
    /// Several at once: bits in the low byte, places in the high one.
    pub skip: Box<[u16; 1 << WINDOW]>,
    /// One: bits, places from the low byte on, value in the upper half; 0 where it is longer.
    pub value: Box<[u32; 1 << GLANCE]>,
    code: Code,
}

/// One coefficient.
pub enum Symbol {
    /// Its length with its value, and its places with the zeros before it.
    Step {
        length: u32,
        size: u32,
        places: u32,
    },
    End {
        length: u32,
    },
}

impl Coefficients {
    pub fn new(code: Code, skipped: bool, valued: bool) -> Coefficients {
        let mut made = Coefficients {
            skip: Box::new([(UNKNOWN << 8) as u16; 1 << WINDOW]),
            value: Box::new([0; 1 << GLANCE]),
            code,
        };
        if skipped {
            made.fill_skip();
        }
        if valued {
            made.fill_value();
        }
        made
    }

    /// The symbol in front of *bits*; `None` for no code, or none that belongs there.
    #[inline]
    pub fn look(&self, bits: u64) -> Option<Symbol> {
        let (length, symbol) = self.code.look(bits);
        if length == 0 {
            return None;
        }
        symbol_of(length, symbol)
    }

    fn fill_skip(&mut self) {
        let first = self.code.table(WINDOW);
        for window in 0..1usize << WINDOW {
            let (mut bits, mut places) = (0, 0);
            loop {
                let (length, symbol) = first[window << bits & ((1 << WINDOW) - 1)];
                if length == 0 {
                    break;
                }
                match symbol_of(u32::from(length), symbol) {
                    Some(Symbol::Step { length, size, places: more })
                        if bits + length + size <= WINDOW && places + more < 64 =>
                    {
                        bits += length + size;
                        places += more;
                    }
                    Some(Symbol::End { length }) if bits + length <= WINDOW => {
                        bits += length;
                        places += ENDED;
                        break;
                    }
                    _ => break,
                }
            }
            if bits > 0 {
                self.skip[window] = (places << 8 | bits) as u16;
            }
        }
    }

    fn fill_value(&mut self) {
        let first = self.code.table(GLANCE);
        for window in 0..1u32 << GLANCE {
            let (length, symbol) = first[window as usize];
            if length == 0 {
                continue;
            }
            self.value[window as usize] = match symbol_of(u32::from(length), symbol) {
                Some(Symbol::Step { length, size, places }) if length + size <= GLANCE => {
                    let value = extended(u64::from(window) << (64 - GLANCE) << length, size);
                    (value as u32) << 16 | places << 8 | (length + size)
                }
                Some(Symbol::End { length }) => ENDED << 8 | length,
                _ => 0,
            };
        }
    }
}

fn symbol_of(length: u32, symbol: u8) -> Option<Symbol> {
    let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    match (zeros, size) {
        (0, 0) => Some(Symbol::End { length }),
        (1..=14, 0) => None, // means something in progressive files only
        _ => Some(Symbol::Step { length, size, places: zeros + 1 }),
    }
}

/// The number that the first *size* bits (0 to 15) of *bits* stand for (T.81, F.2.2.1).
#[inline(always)]
pub fn extended(bits: u64, size: u32) -> i32 {
    let value = (bits >> 1 >> (63 - size)) as i32;
    let below = ((bits >> 63) as i32).wrapping_sub(1); // all ones where the first bit is 0
    value + (below & (1 - (1 << size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zero to three bits after each code, runs of zeros, and codes of up to 16 bits.
    fn code() -> Code {
        let counts = [0, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2];
        let symbols =
            [0x01, 0x00, 0x02, 0x11, 0x31, 0x03, 0x21, 0x12, 0x0A, 0xF0, 0x41, 0x51, 0x61, 0x71, 0x81, 0x22, 0x0F];
        Code::new(&counts, &symbols).unwrap()
    }

    #[test]
    fn a_code_of_ones_or_of_too_many_symbols_is_none() {
        let mut counts = [0u8; 16];
        counts[0] = 2;
        assert!(Code::new(&counts, &[1, 2]).is_none());
        counts[0] = 1;
        assert!(Code::new(&counts, &[1]).is_some());
        counts[1] = 2;
        assert!(Code::new(&counts, &[1, 2, 3]).is_none());
    }

    #[test]
    fn the_quick_look_finds_what_the_search_finds() {
        let code = code();
        for window in 0..1u32 << 16 {
            assert_eq!(code.look(u64::from(window) << 48), code.search(window));
        }
    }

    #[test]
    fn several_at_once_are_the_same_as_one_after_another() {
        let made = Coefficients::new(code(), true, true);
        for window in 0..1u64 << WINDOW {
            let entry = u32::from(made.skip[window as usize]);
            let (mut bits, mut places) = (0, 0);
            while bits < entry & 255 {
                match made.look(window << (64 - WINDOW) << bits).unwrap() {
                    Symbol::Step { length, size, places: more } => {
                        bits += length + size;
                        places += more;
                    }
                    Symbol::End { length } => {
                        bits += length;
                        places += ENDED;
                        break;
                    }
                }
            }
            assert!(entry == UNKNOWN << 8 || entry == places << 8 | bits, "{window:b}");
            assert!(bits <= WINDOW);
        }
    }

    #[test]
    fn a_value_at_a_glance_is_the_value_that_follows_the_code() {
        let made = Coefficients::new(code(), true, true);
        for window in 0..1u64 << GLANCE {
            let entry = made.value[window as usize];
            let ahead = window << (64 - GLANCE);
            match made.look(ahead) {
                Some(Symbol::Step { length, size, places }) if entry != 0 => {
                    assert_eq!(entry & 255, length + size);
                    assert_eq!(entry >> 8 & 255, places);
                    assert_eq!(entry as i32 >> 16, extended(ahead << length, size));
                }
                Some(Symbol::End { length }) if entry != 0 => assert_eq!(entry, ENDED << 8 | length),
                _ => assert_eq!(entry, 0),
            }
        }
    }

    #[test]
    fn numbers_are_extended_by_their_sign() {
        let cases = [
            (0, 0b0, 0),
            (1, 0b0, -1),
            (1, 0b1, 1),
            (2, 0b00, -3),
            (2, 0b01, -2),
            (2, 0b10, 2),
            (11, 0, -2047),
            (15, 0x7FFF, 32767),
        ];
        for (size, bits, value) in cases {
            let ahead = if size == 0 { u64::MAX } else { bits << (64 - size) };
            assert_eq!(extended(ahead, size), value);
        }
    }
}
