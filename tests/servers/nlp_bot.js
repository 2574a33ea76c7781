// A bot of nlp.js behind its Direct Line connector: node nlp_bot.js PACKAGES PORT
'use strict';
const http = require('http');
const path = require('path');

const [packages, port] = process.argv.slice(2);
const load = (name) => require(path.join(packages, '@nlpjs', name));
const { containerBootstrap, LangEn, Nlp } = load('basic');
const { ExpressApiServer } = load('express-api-server');
const { DirectlineConnector } = load('directline-connector');

async function main() {
  const container = containerBootstrap();
  container.use(LangEn);
  const nlp = new Nlp({ container, autoSave: false, log: false, languages: ['en'] });
  container.register('nlp', nlp, true);
  for (const text of ['where is my order', 'track my parcel', 'has my order been sent']) {
    nlp.addDocument('en', text, 'order');
  }
  for (const text of ['hello', 'good morning', 'hi there']) {
    nlp.addDocument('en', text, 'greeting');
  }
  nlp.addAnswer('en', 'order', 'Your order was sent on Monday.');
  nlp.addAnswer('en', 'greeting', 'Hello! How can I help?');
  await nlp.train();

  // Without a port the server makes its application only, so that this can listen on
  // the loopback interface alone. The connector adds its routes to the application.
  const server = new ExpressApiServer({ container, port: -1, serveBot: false }, container);
  container.register('api-server', server, true);
  server.start();
  new DirectlineConnector({ container, log: false }, container).start();
  http.createServer(server.app).listen(Number(port), '127.0.0.1');
}

main();
