#!/usr/bin/env python
# coding: utf-8

# In[1]:

import torch
from torch import nn

# In[2]:

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
optimizer.step

# In[3]:

x, y = torch.randn(64, 4), torch.randn(64, 1)
for epoch in range(3):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())

# In[ ]:

# what the notebook showed last
model.train
