//! The picture: MCU after MCU, a row of them at a time, and of each row the pixels.

use crate::bits::Feed;
use crate::blocks::Coder;
use crate::colour;
use crate::header::{self, Component, Frame};
use crate::Refusal;

/// A component while the picture is decoded: the samples of one row of MCUs.
struct Plane<'a> {
    part: &'a Component,
    coder: Coder<'a>,
    stride: usize,
    samples: Vec<u8>,
}

/// Decode *file* at an eighth of its size into *out*: one byte a pixel of grey, four (the last is 255) of colour.
///
/// *width* and *height* are those of the small picture, and *channels* 1 or 4; all must be what the file says, too.
pub fn eighth(file: &[u8], width: usize, height: usize, channels: usize, out: &mut [u8]) -> Result<(), Refusal> {
    let frame = header::read(file)?;
    let expected = if frame.components.len() == 1 { 1 } else { 4 };
    if (width, height) != ((frame.width + 7) / 8, (frame.height + 7) / 8) || channels != expected {
        return Err(Refusal::Other);
    }
    if out.len() != width * height * channels {
        return Err(Refusal::Other);
    }
    decode(file, &frame, width, out)
}

fn decode(file: &[u8], frame: &Frame, width: usize, out: &mut [u8]) -> Result<(), Refusal> {
    let widest = frame.components.iter().map(|part| part.across).max().unwrap_or(1);
    let highest = frame.components.iter().map(|part| part.down).max().unwrap_or(1);
    let across = (frame.width + 8 * widest - 1) / (8 * widest);
    let down = (frame.height + 8 * highest - 1) / (8 * highest);
    let mut planes: Vec<Plane> = frame.components.iter().map(|part| Plane::new(part, frame, across)).collect();
    let mut feed = Feed::new(file, frame.data);
    let mut to_go = frame.restart;
    let mut marker = 0xD0;
    let mut rows = out.chunks_mut(highest * width * if planes.len() == 1 { 1 } else { 4 });
    let mut spread = vec![0; 2 * width];
    for _ in 0..down {
        for column in 0..across {
            if frame.restart > 0 && to_go == 0 {
                feed.end(marker)?;
                marker = 0xD0 | (marker + 1) & 7;
                to_go = frame.restart;
                planes.iter_mut().for_each(|plane| plane.coder.restart());
            }
            to_go = to_go.wrapping_sub(1);
            feed.prepare()?;
            for plane in &mut planes {
                plane.blocks(column, &mut feed)?;
            }
            if feed.is_overdrawn() {
                return Err(Refusal::Data);
            }
        }
        let rows = rows.next().ok_or(Refusal::Other)?;
        write(&planes, width, rows, &mut spread);
    }
    feed.end(0xD9)
}

impl<'a> Plane<'a> {
    fn new(part: &'a Component, frame: &'a Frame, across: usize) -> Plane<'a> {
        let stride = across * part.across * part.samples;
        Plane {
            part,
            coder: Coder::new(&frame.dc[part.dc], &frame.ac[part.ac], &part.steps),
            stride,
            samples: vec![0; stride * part.down * part.samples],
        }
    }

    /// The blocks that MCU number *column* has of this component.
    #[inline(always)]
    fn blocks(&mut self, column: usize, feed: &mut Feed) -> Result<(), Refusal> {
        for down in 0..self.part.down {
            for across in 0..self.part.across {
                let column = column * self.part.across + across;
                if self.part.samples == 1 {
                    self.samples[down * self.stride + column] = self.coder.one(&mut feed.bits, &feed.clean)?;
                } else {
                    let found = self.coder.four(&mut feed.bits, &feed.clean)?;
                    let at = 2 * (down * self.stride + column);
                    self.samples[at..at + 2].copy_from_slice(&found[..2]);
                    let at = at + self.stride;
                    self.samples[at..at + 2].copy_from_slice(&found[2..]);
                }
            }
        }
        Ok(())
    }
}

/// One row of MCUs as pixels, as far as the picture goes.
fn write(planes: &[Plane], width: usize, out: &mut [u8], spread: &mut [u8]) {
    if planes.len() == 1 {
        for (row, samples) in out.chunks_exact_mut(width).zip(planes[0].samples.chunks_exact(planes[0].stride)) {
            row.copy_from_slice(&samples[..width]);
        }
        return;
    }
    let (blue, red) = spread.split_at_mut(width);
    for (number, row) in out.chunks_exact_mut(4 * width).enumerate() {
        let luma = &planes[0].samples[number * planes[0].stride..][..width];
        colour::widened(planes[1].row(number), planes[1].part.wide, blue);
        colour::widened(planes[2].row(number), planes[2].part.wide, red);
        colour::row(luma, blue, red, row);
    }
}

impl Plane<'_> {
    fn row(&self, number: usize) -> &[u8] {
        &self.samples[number / self.part.high * self.stride..][..self.stride]
    }
}
