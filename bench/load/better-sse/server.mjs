// A server of better-sse with one channel: GET /events reads it, POST /publish writes to it. The argument is the port.
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";

const channel = createChannel();

const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    channel.register(await createSession(request, response));
    return;
  }
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) {
    text += piece;
  }
  channel.broadcast(text);
  response.writeHead(202).end();
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
