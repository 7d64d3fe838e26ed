//! Freivalds' check of a whole product modulo 2^61 - 1: the oracle for kernels.
//!
//! It says that a product is right, and nothing about how it was come by: whoever knows both matrices can answer it
//! with two products of a matrix and a vector. So it has no place in the protocol itself.

use crate::philox::PhiloxKey;

const PRIME: u64 = (1 << 61) - 1;
const HALF_BITS: u32 = 31;

/// Returns whether `product` is `left` times `right`, where it errs once in 2.3 * 10^18 checks: for numbers r drawn
/// from `key` it compares product * r with left * (right * r).
///
/// `left` and `product` are by rows, `right` by columns, as the protocol has them.
///
/// # Panics
/// If there are not `size` times `size` elements of each.
pub fn is_product(
    size: usize,
    left: &[i8],
    right_by_columns: &[i8],
    product: &[i32],
    key: &PhiloxKey,
) -> bool {
    assert!([left.len(), right_by_columns.len(), product.len()] == [size * size; 3], "all are square");
    let numbers = random_numbers(size, key);
    // right * r is the sum of the columns, each times its number.
    let mut sums = vec![[0_i64; 2]; size];
    for (column, number) in right_by_columns.chunks(size).zip(&numbers) {
        let halves = halves(*number);
        for (sum, element) in sums.iter_mut().zip(column) {
            for half in 0..2 {
                // 8 bits of element, 31 of number, 16 of size: no sum leaves 64.
                sum[half] += i64::from(*element) * halves[half];
            }
        }
    }
    let right_sums: Vec<u64> = sums.iter().map(|sum| joined(*sum)).collect();
    let rows = left.chunks(size).zip(product.chunks(size));
    rows.into_iter().all(|(left, product)| row_product(left, &right_sums) == row_product(product, &numbers))
}

/// Returns the product of a row and a column of numbers below the prime.
fn row_product<E: Copy + Into<i64>>(row: &[E], numbers: &[u64]) -> u64 {
    // 32 bits of element, 61 of number, 17 of size: no sum leaves 128.
    let sum: i128 = row
        .iter()
        .zip(numbers)
        .map(|(element, number)| i128::from((*element).into()) * i128::from(*number))
        .sum();
    reduced(sum)
}

/// Returns numbers from 0 to the prime, by rejecting the few larger ones.
fn random_numbers(size: usize, key: &PhiloxKey) -> Vec<u64> {
    let mut numbers = Vec::with_capacity(size);
    let mut line = 0;
    while numbers.len() < size {
        let mut bytes = vec![0; size * 8 + 8];
        key.fill(line, 0, &mut bytes[..size.div_ceil(2) * 16]);
        let words = bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word) >> 3);
        numbers.extend(words.filter(|number| *number < PRIME).take(size - numbers.len()));
        line += 1;
    }
    numbers
}

fn halves(number: u64) -> [i64; 2] {
    let low = number & ((1 << HALF_BITS) - 1);
    [low.cast_signed(), (number >> HALF_BITS).cast_signed()]
}

fn joined([low, high]: [i64; 2]) -> u64 {
    reduced(i128::from(low) + (i128::from(high) << HALF_BITS))
}

fn reduced(sum: i128) -> u64 {
    u64::try_from(sum.rem_euclid(i128::from(PRIME))).expect("below the prime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_element_anywhere_is_found() {
        let size = 48;
        let key = PhiloxKey::of(&[9; 32]);
        let mut bytes = vec![0; size * size];
        key.fill(1, 0, &mut bytes);
        let mut left: Vec<i8> = bytes.iter().map(|byte| byte.cast_signed()).collect();
        key.fill(2, 0, &mut bytes);
        let right: Vec<i8> = bytes.iter().map(|byte| byte.cast_signed()).collect();
        left[..size].fill(i8::MIN);
        let element = |i: usize, j: usize| -> i32 {
            let products = left[i * size..][..size].iter().zip(&right[j * size..][..size]);
            products.map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
        };
        let mut product: Vec<i32> = (0..size * size).map(|at| element(at / size, at % size)).collect();
        assert!(is_product(size, &left, &right, &product, &key));
        for at in (0..size * size).step_by(7) {
            for wrong in [1, -1, 1 << 16, i32::MIN] {
                product[at] = product[at].wrapping_add(wrong);
                assert!(!is_product(size, &left, &right, &product, &key), "{at} {wrong}");
                product[at] = product[at].wrapping_sub(wrong);
            }
        }
    }
}
