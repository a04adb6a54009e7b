//! Whole files, made here: what is decoded, what is refused, and that nothing at all makes the scanner fail.

use mediaparser_jpeg::{eighth, Refusal};

/// A bit writer that stuffs.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Writer {
    fn put(&mut self, value: u32, length: u32) {
        for bit in (0..length).rev() {
            self.held = self.held << 1 | (value >> bit & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.held as u8);
                if self.held == 0xFF {
                    self.bytes.push(0);
                }
                self.held = 0;
                self.count = 0;
            }
        }
    }

    fn pad(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    fn marker(&mut self, which: u8) {
        self.pad();
        self.bytes.extend_from_slice(&[0xFF, which]);
    }
}

fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let length = body.len() + 2;
    file.extend_from_slice(&[0xFF, marker, (length >> 8) as u8, length as u8]);
    file.extend_from_slice(body);
}

/// A picture whose blocks have the means that *mean* says (of each block in the order of the file), and one high wave.
fn made(width: u16, height: u16, colour: bool, restart: u16, mean: impl Fn(usize) -> i32) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    segment(&mut file, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let mut steps = vec![0];
    steps.extend([8; 64]);
    segment(&mut file, 0xDB, &steps);
    // DC: twelve codes of 4 bits, for sizes 0 to 11; others: end, size 1 after 0 and after 15 zeros, and 16 zeros
    let mut dc = vec![0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    dc.extend(0..12);
    segment(&mut file, 0xC4, &dc);
    segment(&mut file, 0xC4, &[0x10, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x00, 0x01, 0xF1, 0xF0]);
    let count = if colour { 3 } else { 1 };
    let mut frame = vec![8, (height >> 8) as u8, height as u8, (width >> 8) as u8, width as u8, count];
    let mut scan = vec![count];
    for part in 0..count {
        frame.extend([part + 1, if part == 0 && colour { 0x22 } else { 0x11 }, 0]);
        scan.extend([part + 1, 0]);
    }
    segment(&mut file, 0xC0, &frame);
    if restart > 0 {
        segment(&mut file, 0xDD, &restart.to_be_bytes());
    }
    scan.extend([0, 63, 0]);
    segment(&mut file, 0xDA, &scan);
    let (unit, blocks) = if colour { (16, vec![0, 0, 0, 0, 1, 2]) } else { (8, vec![0]) };
    let units = usize::from((width + unit - 1) / unit) * usize::from((height + unit - 1) / unit);
    let mut writer = Writer::default();
    let mut before = [0; 3];
    let mut number = 0;
    for each in 0..units {
        if restart > 0 && each > 0 && each % usize::from(restart) == 0 {
            writer.marker(0xD0 | ((each / usize::from(restart) - 1) & 7) as u8);
            before = [0; 3];
        }
        for &part in &blocks {
            let difference = mean(number) - before[part];
            before[part] = mean(number);
            let size = 32 - i32::abs(difference).leading_zeros();
            writer.put(size, 4);
            writer.put((difference + if difference < 0 { (1 << size) - 1 } else { 0 }) as u32, size);
            writer.put(0b10, 2); // 15 zeros, 1: a wave that no mean sees
            writer.put((number & 1) as u32, 1);
            writer.put(0b00, 2);
            number += 1;
        }
    }
    writer.marker(0xD9);
    file.extend(writer.bytes);
    file
}

fn decoded(file: &[u8], width: usize, height: usize, channels: usize) -> Result<Vec<u8>, Refusal> {
    let mut out = vec![0; width * height * channels];
    eighth(file, width, height, channels, &mut out).map(|()| out)
}

#[test]
fn the_means_of_grey_blocks_are_the_picture() {
    let mean = |number: usize| (number as i32 * 37) % 256 - 128;
    for restart in [0, 1, 3, 100] {
        let file = made(75, 41, false, restart, mean);
        let expected: Vec<u8> = (0..60).map(|number| (mean(number) + 128) as u8).collect();
        assert_eq!(decoded(&file, 10, 6, 1), Ok(expected), "{restart}");
    }
}

#[test]
fn grey_in_colour_is_grey() {
    let file = made(33, 33, true, 2, |_| 0);
    assert_eq!(decoded(&file, 5, 5, 4), Ok([128, 128, 128, 255].repeat(25)));
}

#[test]
fn a_size_or_depth_that_is_not_the_files_is_refused() {
    let file = made(64, 64, false, 0, |_| 5);
    for (width, height, channels) in [(8, 7, 1), (7, 8, 1), (8, 8, 4), (64, 64, 1), (0, 0, 1)] {
        assert_eq!(decoded(&file, width, height, channels), Err(Refusal::Other));
    }
    let mut out = [0; 63];
    assert_eq!(eighth(&file, 8, 8, 1, &mut out), Err(Refusal::Other));
}

#[test]
fn every_file_that_ends_too_early_is_refused() {
    for colour in [false, true] {
        let file = made(64, 64, colour, 3, |number| number as i32 % 50);
        let channels = if colour { 4 } else { 1 };
        assert!(decoded(&file, 8, 8, channels).is_ok());
        for length in 0..file.len() {
            assert!(decoded(&file[..length], 8, 8, channels).is_err(), "{length}");
        }
    }
}

#[test]
fn a_missing_block_a_surplus_one_and_a_wrong_restart_are_refused() {
    let mean = |number: usize| number as i32 % 50;
    let tall = |file: &[u8], height: u16| {
        let mut file = file.to_vec();
        let at = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
        file
    };
    let file = made(64, 64, false, 0, mean);
    assert!(decoded(&tall(&file, 72), 8, 9, 1).is_err());
    assert!(decoded(&tall(&file, 48), 8, 6, 1).is_err());
    let mut file = made(64, 64, false, 8, mean);
    let at = file.windows(2).position(|pair| pair == [0xFF, 0xD2]).unwrap();
    file[at + 1] = 0xD3;
    assert_eq!(decoded(&file, 8, 8, 1), Err(Refusal::Marker));
}

#[test]
fn values_that_no_picture_has_are_refused() {
    assert_eq!(decoded(&made(8, 8, false, 0, |_| 255), 1, 1, 1), Ok(vec![255]));
    assert_eq!(decoded(&made(8, 8, false, 0, |_| 256), 1, 1, 1), Err(Refusal::Value));
    assert_eq!(decoded(&made(8, 8, false, 0, |_| -256), 1, 1, 1), Err(Refusal::Value));
}

/// With checked arithmetic: no panic, whatever the bytes are.
#[test]
fn no_changed_file_makes_the_scanner_fail() {
    let files =
        [made(75, 41, false, 5, |number| number as i32 % 90), made(75, 41, true, 0, |number| -(number as i32) % 90)];
    let mut state = 1u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut answered = 0;
    for round in 0..20_000 {
        let mut file = files[round % 2].clone();
        for _ in 0..1 + random(4) {
            let at = random(file.len());
            match random(5) {
                0 => file[at] = random(256) as u8,
                1 => file[at] ^= 1 << random(8),
                2 => file[at] = [0, 0xFF, 0xD9, 0x80, 0x7F][random(5)],
                3 => file.truncate(at.max(1)),
                _ => {
                    let other = random(file.len());
                    file.swap(at, other);
                }
            }
        }
        answered += usize::from(decoded(&file, 10, 6, if round % 2 == 0 { 1 } else { 4 }).is_ok());
    }
    assert!(answered > 500, "{answered}");
}
