//! From luma and chroma to red, green and blue, in the whole numbers libjpeg does it in.

/// One row of pixels, four bytes each, the last of them 255.
pub fn row(luma: &[u8], blue: &[u8], red: &[u8], out: &mut [u8]) {
    let samples = luma.iter().zip(blue).zip(red);
    for (pixel, ((&y, &cb), &cr)) in out.chunks_exact_mut(4).zip(samples) {
        let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
        let half = 1 << 15;
        let r = y + ((91881 * cr + half) >> 16); // 1.402
        let g = y + ((-22554 * cb - 46802 * cr + half) >> 16); // 0.34414, 0.71414
        let b = y + ((116130 * cb + half) >> 16); // 1.772
        pixel[0] = r.clamp(0, 255) as u8;
        pixel[1] = g.clamp(0, 255) as u8;
        pixel[2] = b.clamp(0, 255) as u8;
        pixel[3] = 255;
    }
}

/// Repeat each of *samples* so often that *out* is full.
pub fn widened(samples: &[u8], times: usize, out: &mut [u8]) {
    match times {
        1 => out.copy_from_slice(&samples[..out.len()]),
        _ => out.iter_mut().enumerate().for_each(|(at, sample)| *sample = samples[at / times]),
    }
}
