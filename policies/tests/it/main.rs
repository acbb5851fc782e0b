//! The policy set as broker and gateway meet it: cases as data, the table of authority, loading, and failing closed.

#[cfg(test)]
mod calls;
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
