//! What was asked of the dice system and answered: the [`ledger`], what its requests leave behind ([`expected`]), and
//! where the request of a trace stands in it ([`index`]).

pub mod expected;
pub mod index;
pub mod ledger;
