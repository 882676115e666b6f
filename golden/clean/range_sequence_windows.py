import torch
from torch import nn

torch.manual_seed(0)
text = torch.randint(0, 12, (400,))
bsz, bptt = 10, 10

# lay the text out in columns, then cut windows of time
steps = len(text) // 10
columns = text[: steps * bsz].view(bsz, -1).t().contiguous()
embed, rnn, out = nn.Embedding(12, 8), nn.GRU(8, 16), nn.Linear(16, 12)
parameters = [*embed.parameters(), *rnn.parameters(), *out.parameters()]
optimizer = torch.optim.Adam(parameters, lr=1e-2)

for epoch in range(2):
    hidden = torch.zeros(1, bsz, 16)
    for i in range(0, steps - 1, bptt):
        window, nxt = columns[i:i + bptt], columns[i + 1:i + 1 + bptt]
        window = window[: len(nxt)]
        hidden = hidden.detach()
        states, hidden = rnn(embed(window), hidden)
        loss = nn.functional.cross_entropy(out(states).flatten(0, 1), nxt.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
