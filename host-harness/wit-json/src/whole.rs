//! Whole numbers that are numbers in JSON, too.

/// A whole number of WIT that is a number in JSON: one of at most 32 bits.
pub trait Whole: Copy + TryFrom<i64> + Into<i64> {
    /// The least one.
    const LEAST: i64;
    /// The greatest one.
    const GREATEST: i64;
}

macro_rules! whole {
    ($($ty:ty)*) => {
        $(impl Whole for $ty {
            const LEAST: i64 = <$ty>::MIN as i64;
            const GREATEST: i64 = <$ty>::MAX as i64;
        })*
    };
}

whole!(u8 u16 u32 i8 i16 i32);
