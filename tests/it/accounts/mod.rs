//! Accounts from the outside: what is imported by itself, who may be told what, and how a person
//! changes it.

mod billing;
mod disclosure;
mod people;
mod watched;
