//! What stands before the coded data of a JPEG: size, components and tables (ITU-T T.81, annex B).

use crate::huffman::{Code, Coefficients};
use crate::Refusal;

const LARGEST: usize = 65500; // pixels of a side, libjpeg's limit
const MOST_BLOCKS: usize = 10; // in one MCU, the standard's limit

/// One component of the picture, and how its samples come out at an eighth of the size.
pub struct Component {
    /// Blocks of it in an MCU, across and down.
    pub across: usize,
    pub down: usize,
    /// Samples that a block gives, on each side: 1, or 2 where libjpeg halves the reduction instead of enlarging after.
    pub samples: usize,
    /// How often each sample is repeated, across and down.
    pub wide: usize,
    pub high: usize,
    /// The steps of its coefficients, in zigzag order.
    pub steps: [u16; 64],
    /// Which of the codes.
    pub dc: usize,
    pub ac: usize,
}

/// Everything that must be known to decode, and where the coded data begins.
pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
    pub dc: Vec<Code>,
    pub ac: Vec<Coefficients>,
    /// MCUs between two restart markers, 0 for none.
    pub restart: usize,
    /// Where the coded data begins.
    pub data: usize,
}

struct Stated {
    name: u8,
    across: usize,
    down: usize,
    steps: usize,
}

#[derive(Default)]
struct Found {
    size: Option<(usize, usize)>,
    stated: Vec<Stated>,
    steps: [Option<[u16; 64]>; 4],
    dc: [Option<Code>; 4],
    ac: [Option<Code>; 4],
    restart: usize,
    jfif: bool,
    adobe: Option<u8>,
}

/// Read everything up to the coded data.
pub fn read(file: &[u8]) -> Result<Frame, Refusal> {
    if file.get(..2) != Some(&[0xFF, 0xD8]) {
        return Err(Refusal::Header);
    }
    let mut found = Found::default();
    let mut at = 2;
    loop {
        if byte(file, at)? != 0xFF {
            return Err(Refusal::Header);
        }
        while byte(file, at)? == 0xFF {
            at += 1; // any number of them may stand before a marker
        }
        let marker = byte(file, at)?;
        let length = number(file, at + 1)?;
        let body = file.get(at + 3..at + 1 + length).ok_or(Refusal::Header)?;
        at += 1 + length;
        match marker {
            0xC0 | 0xC1 => found.frame(body)?,
            0xC4 => found.codes(body)?,
            0xDB => found.quantization(body)?,
            0xDD if body.len() == 2 => found.restart = number(body, 0)?,
            0xDA => return found.scan(body, at),
            0xE0 => found.jfif |= body.len() >= 14 && body.starts_with(b"JFIF\0"),
            0xEE if body.len() >= 12 && body.starts_with(b"Adobe") => found.adobe = Some(body[11]),
            0xE1..=0xEF | 0xFE => {}
            _ => return Err(Refusal::Kind),
        }
    }
}

impl Found {
    fn frame(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let count = usize::from(byte(body, 5)?);
        if self.size.is_some() || body.len() != 6 + 3 * count {
            return Err(Refusal::Header);
        }
        if body[0] != 8 || (count != 1 && count != 3) {
            return Err(Refusal::Kind);
        }
        let (height, width) = (number(body, 1)?, number(body, 3)?);
        if width == 0 || height == 0 || width > LARGEST || height > LARGEST {
            return Err(Refusal::Kind);
        }
        self.size = Some((width, height));
        for part in body[6..].chunks_exact(3) {
            let (across, down) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) || part[2] > 3 {
                return Err(Refusal::Header);
            }
            if self.stated.iter().any(|other| other.name == part[0]) {
                return Err(Refusal::Kind);
            }
            let steps = usize::from(part[2]);
            self.stated.push(Stated { name: part[0], across, down, steps });
        }
        Ok(())
    }

    fn codes(&mut self, mut body: &[u8]) -> Result<(), Refusal> {
        while !body.is_empty() {
            let kind = usize::from(body[0]);
            let counts = body.get(1..17).ok_or(Refusal::Header)?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let symbols = body.get(17..17 + total).ok_or(Refusal::Header)?;
            if total > 256 {
                return Err(Refusal::Header);
            }
            let code = Code::new(counts, symbols);
            match kind {
                0..=3 => self.dc[kind] = code,
                0x10..=0x13 => self.ac[kind - 0x10] = code,
                _ => return Err(Refusal::Header),
            }
            body = &body[17 + total..];
        }
        Ok(())
    }

    fn quantization(&mut self, mut body: &[u8]) -> Result<(), Refusal> {
        while !body.is_empty() {
            let (wide, which) = (usize::from(body[0] >> 4), usize::from(body[0] & 15));
            let length = 64 * (wide + 1);
            let values = body.get(1..1 + length).ok_or(Refusal::Header)?;
            if wide > 1 || which > 3 {
                return Err(Refusal::Header);
            }
            let mut steps = [0; 64];
            for (step, value) in steps.iter_mut().zip(values.chunks_exact(wide + 1)) {
                *step = value.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte));
            }
            self.steps[which] = Some(steps);
            body = &body[1 + length..];
        }
        Ok(())
    }

    fn scan(self, body: &[u8], data: usize) -> Result<Frame, Refusal> {
        let (width, height) = self.size.ok_or(Refusal::Header)?;
        let count = self.stated.len();
        if usize::from(byte(body, 0)?) != count || body.len() != 4 + 2 * count {
            return Err(Refusal::Kind); // several scans
        }
        if body[1 + 2 * count..] != [0, 63, 0] {
            return Err(Refusal::Kind);
        }
        if count == 3 && !self.is_luma_and_chroma() {
            return Err(Refusal::Kind);
        }
        let mut frame = Frame {
            width,
            height,
            components: Vec::new(),
            dc: Vec::new(),
            ac: Vec::new(),
            restart: self.restart,
            data,
        };
        for (stated, part) in self.stated.iter().zip(body[1..].chunks_exact(2)) {
            if part[0] != stated.name {
                return Err(Refusal::Kind);
            }
            frame.components.push(self.component(stated, part[1])?);
        }
        let most = frame.components.iter().map(|part| part.across * part.down).sum::<usize>();
        if most > MOST_BLOCKS {
            return Err(Refusal::Header);
        }
        // a code that is not used may be missing or wrong
        for slot in 0..4 {
            let (mut dc, mut ac) = (Code::default(), Code::default());
            if frame.components.iter().any(|part| part.dc == slot) {
                dc = self.dc[slot].clone().ok_or(Refusal::Table)?;
            }
            if frame.components.iter().any(|part| part.ac == slot) {
                ac = self.ac[slot].clone().ok_or(Refusal::Table)?;
            }
            let skipped = frame.components.iter().any(|part| part.ac == slot && part.samples == 1);
            let valued = frame.components.iter().any(|part| part.ac == slot && part.samples == 2);
            if !dc.is_of_lengths() {
                return Err(Refusal::Table);
            }
            frame.dc.push(dc);
            frame.ac.push(Coefficients::new(ac, skipped, valued));
        }
        Ok(frame)
    }

    /// What libjpeg takes for YCbCr.
    fn is_luma_and_chroma(&self) -> bool {
        if self.jfif {
            return true;
        }
        match self.adobe {
            Some(transform) => transform == 1,
            None => self.stated.iter().map(|part| part.name).ne([82, 71, 66]), // "RGB"
        }
    }

    fn component(&self, stated: &Stated, codes: u8) -> Result<Component, Refusal> {
        let widest = self.stated.iter().map(|part| part.across).max().unwrap_or(1);
        let highest = self.stated.iter().map(|part| part.down).max().unwrap_or(1);
        // libjpeg's rule: a component with fewer samples both ways is reduced less, instead of being enlarged after
        let mut samples = 1;
        while widest % (stated.across * samples * 2) == 0 && highest % (stated.down * samples * 2) == 0 {
            samples *= 2;
        }
        let (across, down) = (stated.across * samples, stated.down * samples);
        let (dc, ac) = (usize::from(codes >> 4), usize::from(codes & 15));
        let is_first = stated.name == self.stated[0].name;
        if samples > 2
            || widest % across != 0
            || highest % down != 0
            || (is_first && (across, down) != (widest, highest))
        {
            return Err(Refusal::Kind);
        }
        if dc > 3 || ac > 3 {
            return Err(Refusal::Table);
        }
        let alone = self.stated.len() == 1; // then there is one block in an MCU, whatever the factors say
        Ok(Component {
            across: if alone { 1 } else { stated.across },
            down: if alone { 1 } else { stated.down },
            samples,
            wide: widest / across,
            high: highest / down,
            steps: self.steps[stated.steps].ok_or(Refusal::Table)?,
            dc,
            ac,
        })
    }
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, Refusal> {
    bytes.get(at).copied().ok_or(Refusal::Header)
}

fn number(bytes: &[u8], at: usize) -> Result<usize, Refusal> {
    Ok(usize::from(byte(bytes, at)?) << 8 | usize::from(byte(bytes, at + 1)?))
}
