//! The hashing that a verification must do, of data that are in memory, and nothing else.

use super::synthetic::Synthetic;
use sha1::Sha1;
use sha2::{
    Digest, Sha256,
    digest::{Output, array::Array},
};
use std::{marker::PhantomData, sync::mpsc, thread};

/// The values of both registers.
type Registers = (Vec<u8>, Vec<u8>);

/// One bank after the other.
pub fn on_one_thread(list: &Synthetic) -> Registers {
    (bank::<Sha1>(list), bank::<Sha256>(list))
}

/// A thread a bank.
pub fn on_a_thread_a_bank(list: &Synthetic) -> Registers {
    thread::scope(|scope| {
        let sha1 = scope.spawn(|| bank::<Sha1>(list));
        let sha256 = bank::<Sha256>(list);
        (sha1.join().unwrap(), sha256)
    })
}

/// As near to half and half as two threads come: SHA-1 takes less, so its thread first makes the template hashes of the end
/// of the list for the other.
pub fn on_two_threads(list: &Synthetic) -> Registers {
    let own = list.hashed().len() * 3 / 5;
    thread::scope(|scope| {
        let (give, take) = mpsc::channel();
        let sha1 = scope.spawn(move || {
            give.send(list.hashed().skip(own).map(template_hash::<Sha256>).collect::<Vec<_>>())
                .unwrap();
            bank::<Sha1>(list)
        });
        let mut register = Register::<Sha256>::new();
        list.hashed()
            .take(own)
            .for_each(|data| register.extend(&template_hash::<Sha256>(data)));
        take.recv().unwrap().iter().for_each(|hash| register.extend(hash));
        (sha1.join().unwrap(), register.value().to_vec())
    })
}

fn bank<D: Digest>(list: &Synthetic) -> Vec<u8> {
    let mut register = Register::<D>::new();
    list.hashed()
        .for_each(|data| register.extend(&template_hash::<D>(data)));
    register.value().to_vec()
}

/// Ones for a violation.
fn template_hash<D: Digest>(data: Option<&[u8]>) -> Output<D> {
    data.map_or_else(|| Array::from_fn(|_| 0xff), D::digest)
}

/// What is hashed next: the value, and behind it a template hash.
struct Register<D> {
    next: Vec<u8>,
    hash: PhantomData<D>,
}

impl<D: Digest> Register<D> {
    fn new() -> Self {
        Self {
            next: vec![0; 2 * <D as Digest>::output_size()],
            hash: PhantomData,
        }
    }

    fn extend(&mut self, hash: &Output<D>) {
        let middle = hash.len();
        self.next[middle..].copy_from_slice(hash);
        let value = D::digest(&self.next);
        self.next[..middle].copy_from_slice(&value);
    }

    fn value(&self) -> &[u8] {
        &self.next[..self.next.len() / 2]
    }
}
