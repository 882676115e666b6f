from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width, p):
        super().__init__()
        self.fc, self.p = nn.Linear(width, width), p
        self.spatial = partial(F.dropout, p=p)

    def forward(self, x):
        x = self.fc(x)
        if self.training:
            x = F.dropout(x, self.p)
        rate = self.p if self.training else 0.0
        x = F.dropout(x, rate) + F.alpha_dropout(x, 0.1)
        q = x.unsqueeze(1)
        y = F.scaled_dot_product_attention(q, q, q, dropout_p=rate).squeeze(1)
        if not self.training:
            return y
        return F.dropout(y, self.p)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.head = Block(6, 0.2), nn.Linear(6, 2)

    def forward(self, x):
        z = F.dropout(self.block(x), 0.5, self.training)
        return self.head(F.dropout(z, p=0.0))


torch.manual_seed(0)
x, y = torch.randn(64, 6), torch.randint(0, 2, (64,))
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for i in range(0, 64, 16):
    loss = F.cross_entropy(net(x[i:i + 16]), y[i:i + 16])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
