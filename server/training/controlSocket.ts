import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { TrainerEvent } from '../protocol/run.ts';
import {
  eventNotification,
  type HotChanges,
  statusRequest,
  stopNotification,
  type TrainerStatus,
  updateNotification,
} from '../protocol/trainer.ts';

/** What a training answers to those who find it through its run folder. */
export interface Controlled {
  stop(reason: string | undefined): void;
  update(changes: HotChanges): void;
  status(): TrainerStatus;
}

/** A listener that does not read is let go when this much waits for it (bytes). */
const PATIENCE = 4 << 20;

/**
 * A second door to a training, beside the line to its parent: any program of the same user may watch and stop it, and
 * a new server may take the place of one that is gone.
 */
export class ControlSocket {
  private readonly guests = new Map<MessageConnection, Socket>();

  private constructor(
    private readonly server: Server,
    private readonly address: string,
  ) {}

  /** @returns undefined where it cannot listen; the training goes on without it. */
  static async open(address: string, controlled: Controlled): Promise<ControlSocket | undefined> {
    if (process.platform !== 'win32' && !(await answers(address))) rmSync(address, { force: true });
    const server = createServer();
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(address, () => resolve(true));
    });
    if (!listening) return undefined;
    server.on('error', () => undefined);
    server.unref();
    if (process.platform !== 'win32') chmodSync(address, 0o600);
    const socket = new ControlSocket(server, address);
    server.on('connection', (guest) => socket.welcome(guest, controlled));
    return socket;
  }

  report(event: TrainerEvent): void {
    for (const [connection, socket] of this.guests) {
      if (socket.writableLength > PATIENCE) socket.destroy();
      else connection.sendNotification(eventNotification, event).catch(() => undefined);
    }
  }

  /** Nobody hears anything after this; what was reported before is sent. */
  close(): void {
    this.server.close();
    for (const socket of this.guests.values()) socket.end();
    if (process.platform !== 'win32') rmSync(this.address, { force: true });
  }

  private welcome(guest: Socket, controlled: Controlled): void {
    guest.unref();
    const connection = createMessageConnection(
      new SocketMessageReader(guest),
      new SocketMessageWriter(guest),
    );
    this.guests.set(connection, guest);
    guest.on('error', () => undefined);
    guest.once('close', () => {
      this.guests.delete(connection);
      connection.dispose();
    });
    connection.onError(() => guest.destroy());
    connection.onRequest(statusRequest, () => controlled.status());
    connection.onNotification(stopNotification, ({ reason }) => controlled.stop(reason));
    connection.onNotification(updateNotification, (changes) => controlled.update(changes));
    connection.listen();
  }
}

/** Whether somebody listens there; a socket file may be the left-over of a killed process. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
