//! A JPEG at an eighth of its size: bit for bit the picture libjpeg-turbo decodes at that scale, in less than half the time.
//!
//! At an eighth, one pixel is left of each block of 8 x 8: its mean, which is what the DC coefficient says. The other 63
//! are skipped, several at once, without looking at their values; only the halved colour of 4:2:0 needs some of them.
//! Whatever is unusual in a file, or damaged, is refused: then libjpeg decodes it, and says what is wrong with it.
//!
//! Everything here is safe Rust but for the door in `ffi`.

#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]

mod bits;
mod blocks;
mod colour;
#[allow(unsafe_code)]
mod ffi;
mod header;
mod huffman;
mod picture;

pub use header::Frame;
pub use picture::eighth;

/// Why a file is left to libjpeg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Refusal {
    /// The size, or grey against colour, is not what the caller was told by another reader.
    Other = 1,
    /// Progressive, arithmetic, 12 bits, four colours, several scans, RGB, odd samplings: not this decoder's business.
    Kind = 2,
    /// The header does not hold together.
    Header = 3,
    /// A Huffman or quantization table is missing or impossible.
    Table = 4,
    /// The coded data is damaged, or ends too early.
    Data = 5,
    /// A restart marker is missing, or something stands between the data and the next marker.
    Marker = 6,
    /// A coefficient is larger than pixels of 8 bits can make it.
    Value = 7,
}
