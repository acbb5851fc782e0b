//! The policy set as the broker meets it: cases as data, the table of authority, loading, and failing closed.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod support;
