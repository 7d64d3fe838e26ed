//! The members of an object: few of them in a row, many behind an index.

use std::iter::{Chain, Flatten};

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::Text;

/// Up to this many members are searched one by one: that is faster than a hash, and bounds the work for keys made to
/// collide.
const FEW_MAX: usize = 16;

/// Members in the order of their first appearance, each key once, with its last value.
#[derive(Debug, Clone)]
pub(super) enum Members<V> {
    Few(Vec<(Text, V)>),
    Many(Box<IndexMap<Text, V, RandomState>>),
}

/// Walks through members, and owns them.
pub type IntoMembers<V> =
    Chain<std::vec::IntoIter<(Text, V)>, Flatten<std::option::IntoIter<IndexMap<Text, V, RandomState>>>>;

impl<V> Members<V> {
    /// Takes members as they were written, keys that come again included.
    pub(super) fn of(mut written: Vec<(Text, V)>) -> Self {
        if written.len() > FEW_MAX {
            return Self::Many(Box::new(written.into_iter().collect()));
        }
        let mut place = 1;
        while place < written.len() {
            match written[..place].iter().position(|(key, _)| *key == written[place].0) {
                Some(first) => written[first].1 = written.remove(place).1,
                None => place += 1,
            }
        }
        Self::Few(written)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &V)> {
        let (few, many) = match self {
            Self::Few(few) => (few.as_slice(), None),
            Self::Many(many) => (Default::default(), Some(many)),
        };
        few.iter().map(|(key, value)| (key, value)).chain(many.into_iter().flat_map(|many| many.iter()))
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&V> {
        match self {
            Self::Few(few) => few.iter().find(|(name, _)| name.as_bytes() == key).map(|(_, value)| value),
            Self::Many(many) => many.get(key),
        }
    }

    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        match self {
            Self::Few(few) => few.iter_mut().find(|(name, _)| name.as_bytes() == key).map(|(_, value)| value),
            Self::Many(many) => many.get_mut(key),
        }
    }

    /// Returns the value of `key`, which is `absent` and comes after all others when it was not there.
    pub(super) fn entry(&mut self, key: Text, absent: V) -> &mut V {
        if let Self::Few(few) = self
            && few.len() == FEW_MAX
            && few.iter().all(|(name, _)| *name != key)
        {
            *self = Self::Many(Box::new(std::mem::take(few).into_iter().collect()));
        }
        match self {
            Self::Few(few) => {
                let place = few.iter().position(|(name, _)| *name == key).unwrap_or(few.len());
                if place == few.len() {
                    few.push((key, absent));
                }
                &mut few[place].1
            }
            Self::Many(many) => many.entry(key).or_insert(absent),
        }
    }

    /// Takes `key` out; the others keep their order.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<V> {
        match self {
            Self::Few(few) => {
                let place = few.iter().position(|(name, _)| name.as_bytes() == key)?;
                Some(few.remove(place).1)
            }
            Self::Many(many) => many.shift_remove(key),
        }
    }
}

impl<V> Default for Members<V> {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// Their order is not looked at, as Python's `==` does not.
impl<V: PartialEq> PartialEq for Members<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key.as_bytes()) == Some(value))
    }
}

impl<V> IntoIterator for Members<V> {
    type Item = (Text, V);
    type IntoIter = IntoMembers<V>;

    fn into_iter(self) -> IntoMembers<V> {
        let (few, many) = match self {
            Self::Few(few) => (few, None),
            Self::Many(many) => (Vec::new(), Some(*many)),
        };
        few.into_iter().chain(many.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Value, parse};

    /// Objects below, at and above the bound, with keys that come again.
    #[test]
    fn few_members_are_as_many_ones() {
        for count in [0, 1, 15, 16, 17, 40] {
            let members = (0..count).map(|key| format!("\"{key}\":{key}"));
            let again = (0..count).step_by(3).map(|key| format!("\"{key}\":\"again\""));
            let text = format!("{{{}}}", members.chain(again).collect::<Vec<_>>().join(","));
            let value = parse(&text).unwrap();
            let mut object = value.as_object().unwrap().clone();
            assert_eq!(object.len(), count, "each key once");
            let keys = object.iter().map(|(key, _)| key.as_str().unwrap().to_owned());
            assert!(keys.eq((0..count).map(|key| key.to_string())), "in the order of their first appearance");
            for key in 0..count {
                let expected = if key % 3 == 0 { "\"again\"".to_owned() } else { key.to_string() };
                assert_eq!(object.get(&key.to_string()).unwrap().to_json(), expected);
            }
            assert!(object.get("40").is_none());
            object.insert("40".into(), Value::Bool(true));
            object.insert("40".into(), Value::Bool(false));
            assert_eq!(
                (object.len(), object.iter().last().unwrap().1.to_json()),
                (count + 1, "false".to_owned())
            );
            assert_eq!(object.remove("40").unwrap().to_json(), "false");
            assert!(&object == value.as_object().unwrap() && object.remove("40").is_none());
            let owned: Vec<_> = object.into_iter().map(|(key, _)| key).collect();
            assert_eq!(owned.len(), count);
        }
    }
}
