//! The port: open, and closed with every connection cut.

use axum::Router;
use std::{
    net::{SocketAddr, TcpListener},
    thread::{self, JoinHandle},
};
use tokio::{runtime, sync::oneshot};

/// A thread with a runtime of its own, so that the end of the runtime cuts the connections.
pub struct Listener {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Listener {
    pub fn open(address: SocketAddr, router: Router) -> (Self, SocketAddr) {
        let socket = TcpListener::bind(address).expect("the port is free");
        let address = socket.local_addr().expect("a bound socket has an address");
        socket.set_nonblocking(true).expect("a socket can be non-blocking");
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let socket = tokio::net::TcpListener::from_std(socket).expect("a socket for the runtime");
                tokio::select! {
                    served = axum::serve(socket, router) => served.expect("the server serves"),
                    _ = stopped => {}
                }
            });
        });
        (Self { stop, thread }, address)
    }

    pub fn close(self) {
        drop(self.stop);
        self.thread.join().expect("the server did not panic");
    }
}
