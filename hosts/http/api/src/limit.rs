//! What a request may be at most.

/// The longest body of a request, in bytes: ten thousand indicators with room to spare.
pub const LONGEST_BODY: usize = 4 << 20;
