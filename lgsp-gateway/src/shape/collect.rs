//! A body that must be whole before anything can be said about it, and a bound for one that need not be.

use bytes::{Bytes, BytesMut};
use contract::{Body, BodyError, BodyStream};
use futures::StreamExt;

/// The whole body, at most `most` bytes.
pub(super) async fn whole(body: Body, most: u64) -> Result<Bytes, BodyError> {
    let (mut stream, length) = match body {
        Body::Held(bytes) if longer(bytes.len(), most) => return Err(BodyError::TooLong),
        Body::Held(bytes) => return Ok(bytes),
        Body::Streamed { stream, length } => (stream, length),
    };
    if length.is_some_and(|length| length > most) {
        return Err(BodyError::TooLong);
    }
    let mut whole = BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        if longer(whole.len().saturating_add(piece.len()), most) {
            return Err(BodyError::TooLong);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// The same body, which ends with [`BodyError::TooLong`] where it grows beyond `most` bytes.
///
/// # Errors
/// When it is too long by what is known of it now.
pub(super) fn bounded(body: Body, most: u64) -> Result<Body, BodyError> {
    match body {
        Body::Held(bytes) if longer(bytes.len(), most) => Err(BodyError::TooLong),
        Body::Streamed { length: Some(length), .. } if length > most => Err(BodyError::TooLong),
        Body::Held(bytes) => Ok(Body::Held(bytes)),
        Body::Streamed { stream, length } => Ok(Body::Streamed { stream: cap(stream, most), length }),
    }
}

fn cap(stream: BodyStream, most: u64) -> BodyStream {
    let mut left = most;
    Box::pin(stream.map(move |piece| {
        let piece = piece?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(length).ok_or(BodyError::TooLong)?;
        Ok(piece)
    }))
}

fn longer(length: usize, most: u64) -> bool {
    u64::try_from(length).unwrap_or(u64::MAX) > most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streamed(pieces: &[&'static str], length: Option<u64>) -> Body {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length }
    }

    #[tokio::test]
    async fn a_body_is_collected_up_to_its_bound_and_no_further() {
        assert_eq!(whole(streamed(&["ab", "c"], None), 3).await.unwrap(), "abc");
        assert_eq!(whole(streamed(&["ab", "c"], None), 2).await, Err(BodyError::TooLong));
        assert_eq!(whole(streamed(&[], Some(9)), 8).await, Err(BodyError::TooLong));
        assert_eq!(whole(Body::Held(Bytes::from_static(b"abc")), 2).await, Err(BodyError::TooLong));
    }

    #[tokio::test]
    async fn a_stream_ends_with_an_error_where_it_grows_beyond_its_bound() {
        let Body::Streamed { mut stream, .. } = bounded(streamed(&["ab", "c"], None), 2).unwrap() else { panic!() };
        assert_eq!(stream.next().await, Some(Ok(Bytes::from_static(b"ab"))));
        assert_eq!(stream.next().await, Some(Err(BodyError::TooLong)));
        assert!(bounded(streamed(&[], Some(3)), 2).is_err());
    }
}
