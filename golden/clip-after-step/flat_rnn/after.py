import torch
import torch.nn as nn
import torch.optim as optim
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
text = torch.randint(0, 20, (400,))
windows = text.unfold(0, 11, 5)
embed, rnn, out = nn.Embedding(20, 16), nn.RNN(16, 32, batch_first=True), nn.Linear(32, 20)
params = [*embed.parameters(), *rnn.parameters(), *out.parameters()]
optimizer = optim.SGD(params, lr=0.5)
CLIP = 0.25

for epoch in range(3):
    total = 0.0
    for chunk in windows.split(8):
        optimizer.zero_grad()
        states, _ = rnn(embed(chunk[:, :-1]))
        loss = nn.functional.cross_entropy(out(states).transpose(1, 2), chunk[:, 1:])
        loss.backward()
        # keep the recurrent weights stable
        clip_grad_norm_(params, CLIP)
        optimizer.step()
        total += loss.item()
    print(f'epoch {epoch}: {total:.3f}')
