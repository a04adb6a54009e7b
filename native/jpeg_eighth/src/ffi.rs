//! The door for Python: the one place with `unsafe`, which makes slices of the pointers it is given, and nothing else.

use crate::Refusal;

/// What a caller must expect; raised when the meaning of `mediaparser_jpeg_eighth` changes.
#[no_mangle]
pub extern "C" fn mediaparser_jpeg_version() -> u32 {
    1
}

/// Decode at an eighth; 0 when *out* holds the picture, else why not (`Refusal`, or -1 where this decoder itself failed).
///
/// # Safety
///
/// *data* must be readable for *length* bytes and *out* writable for *out_length*, and nobody may change either meanwhile.
#[no_mangle]
pub unsafe extern "C" fn mediaparser_jpeg_eighth(
    data: *const u8,
    length: usize,
    width: u32,
    height: u32,
    channels: u32,
    out: *mut u8,
    out_length: usize,
) -> i32 {
    if data.is_null() || out.is_null() || length > isize::MAX as usize || out_length > isize::MAX as usize {
        return Refusal::Other as i32;
    }
    // SAFETY: neither is null, both are as long as the caller promises (ctypes keeps the two objects alive and passes
    // their own lengths), bytes have no alignment and no invalid values, and the two cannot overlap: one of them is a
    // `bytes`, which nobody may write to, the other a `bytearray` made for this call.
    let (data, out) =
        unsafe { (std::slice::from_raw_parts(data, length), std::slice::from_raw_parts_mut(out, out_length)) };
    // A panic is a fault in here; it must not go through C's frames, and libjpeg can still decode the file.
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        crate::eighth(data, width as usize, height as usize, channels as usize, out)
    }));
    match answer {
        Ok(Ok(())) => 0,
        Ok(Err(refusal)) => refusal as i32,
        Err(_) => -1,
    }
}
