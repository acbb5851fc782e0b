//! How does a TCP connection become the stream that HTTP is spoken on? At once, or after a handshake.

use super::ConnectInfo;
use super::connection::{Opened, Stop};
use super::ending;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// What stands between the TCP connection and the first request.
pub(super) trait Door: Clone + Send + 'static {
    /// What HTTP is spoken on.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send;
    /// What every request of the connection carries.
    type Extension: Clone + Send + Sync + 'static;

    /// Lets a connection in, or ends it and says why in the log.
    fn open(
        &self,
        tcp: TcpStream,
        peer: SocketAddr,
        stop: Stop,
    ) -> impl Future<Output = Option<Opened<Self::Stream, Self::Extension>>> + Send;

    /// Ends a connection for which there is no place.
    fn turn_away(&self, tcp: TcpStream) -> impl Future<Output = ()> + Send + 'static;
}

/// Plain TCP: nothing stands in between.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Door for Plain {
    type Stream = TcpStream;
    type Extension = ConnectInfo<SocketAddr>;

    async fn open(&self, io: TcpStream, peer: SocketAddr, _: Stop) -> Option<Opened<TcpStream, Self::Extension>> {
        Some(Opened { io, extension: ConnectInfo(peer), peer })
    }

    fn turn_away(&self, tcp: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        ending::answer_and_close(tcp, ending::TOO_MANY)
    }
}
